/**
 * `npm run bench [-- path …] [--rounds n] [--seconds n]`: measures the important paths, each beside the bare platform
 * in the same run. Without a path it measures all and writes the table to bench/results.md.
 *
 * `npm run bench -- cost [--detail] [--write]`: what one message of each kind costs. `--detail` adds where its rows go,
 * `--write` updates the table that test/system/cost.test.ts compares with.
 */
import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dim, red } from "../scripts/terminal.ts";
import { COST_FILE, costSentences, costTable, detailTable } from "./cost-table.ts";
import { type Figure, toMarkdown, toScreen } from "./figures.ts";
import { measureMessages } from "./message-cost.ts";
import { batches } from "./paths/batches.ts";
import { console as ofConsole } from "./paths/console.ts";
import { deliveries } from "./paths/deliveries.ts";
import { filters } from "./paths/filters.ts";
import { footprint, startup } from "./paths/footprint.ts";
import { list } from "./paths/list.ts";
import { live } from "./paths/live.ts";
import { messages } from "./paths/messages.ts";
import { search } from "./paths/search.ts";
import { send } from "./paths/send.ts";
import { webhook } from "./paths/webhook.ts";
import { workspace } from "./paths/workspace.ts";
import { campaign, sendSpread, ticks, webhookNew, webhookSpread } from "./paths/spread.ts";
import { setStage, type Stage } from "./stage.ts";

// Memory comes first, in a fresh process; the paths that write come last.
const PATHS: Record<string, (stage: Stage) => Promise<Figure[]>> = {
  footprint,
  list,
  filters,
  messages,
  search,
  workspace,
  webhook,
  send,
  live,
  batches,
  "webhook-spread": webhookSpread,
  "send-spread": sendSpread,
  ticks,
  "webhook-new": webhookNew,
  campaign,
  deliveries,
  console: ofConsole,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "6" },
    seconds: { type: "string", default: "2" },
    detail: { type: "boolean" },
    write: { type: "boolean" },
  },
});
const startedAt = performance.now();
const progress = (text: string): void =>
  console.log(dim(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}`));
if (positionals.join() === "cost") {
  const costs = await measureMessages(progress);
  if (values.detail) console.log(`\n${costs.map(detailTable).join("\n\n")}`);
  console.log(`\n${costTable(costs)}\n${costSentences(costs).join("\n\n")}`);
  if (values.write) await writeFile(COST_FILE, costTable(costs));
  process.exit(0);
}

const chosen = positionals.length === 0 ? Object.keys(PATHS) : positionals;
const unknown = chosen.filter((name) => !Object.hasOwn(PATHS, name));
if (unknown.length > 0) {
  console.error(`No such path: ${unknown.join(", ")}. There are: ${Object.keys(PATHS).join(", ")}, and alone: cost.`);
  process.exit(2);
}
const figures: Figure[] = chosen.includes("footprint") ? [await startup(progress)] : [];
const stage = await setStage({ rounds: Number(values.rounds), seconds: Number(values.seconds) }, progress);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stage.close().finally(() => process.exit(130)));
let failures = 0;
try {
  for (const name of chosen) {
    progress(name);
    try {
      figures.push(...(await PATHS[name]!(stage)));
    } catch (error) {
      // The other paths are still measured.
      failures++;
      console.error(red(`${name}: ${error instanceof Error ? error.stack : String(error)}`));
    }
  }
} finally {
  await stage.close();
}
console.log(`\n${toScreen(figures)}`);
if (chosen.length === Object.keys(PATHS).length && failures === 0)
  await writeFile(join(import.meta.dirname, "results.md"), toMarkdown(figures, await environment()));
process.exit(failures === 0 ? 0 : 1);

async function environment(): Promise<string[]> {
  const versionOf = async (name: string): Promise<string> => {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
  };
  return [
    `${cpus().length} × ${cpus()[0]!.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `workerd ${await versionOf("workerd")}, wrangler ${await versionOf("wrangler")}, Node ${process.versions.node} (which makes the load, on the same machine)`,
    `${values.rounds} turns of ${values.seconds} s, 16 connections (search: 1)`,
  ];
}
