import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { COST_FILE, costTable } from "../../bench/cost-table.ts";
import { measureMessages } from "../../bench/message-cost.ts";

it("costs for one message of each kind what the committed table says", async () => {
  const table = costTable(await measureMessages());
  expect(
    table,
    "The cost of a message has changed. If on purpose: npm run bench -- cost --write (where the rows go: --detail)",
  ).toBe(readFileSync(COST_FILE, "utf8"));
});
