import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, row, rowNames } from "./stage";

/** Turns the switch of the agent's own corner. */
async function turn(page: Page, from: "Available" | "Away", to: "Available" | "Away"): Promise<void> {
  await page.getByRole("button", { name: "Maya: profile and settings" }).click();
  await page.getByRole("dialog", { name: "Maya" }).getByText(from, { exact: true }).click();
  await page.getByRole("dialog", { name: "Maya" }).getByText(to, { exact: true }).waitFor();
  await page.keyboard.press("Escape");
}

flow("a queue waits for whoever comes online, and for an agent who is away by hand", async (org) => {
  const maya = await org.agent("Maya");
  const { id: sales } = await org.api("/api/divisions", { body: { name: "Sales", allocation_method: "round_robin" } });
  await org.api(`/api/divisions/${sales}/agents`, { body: { agent_ids: [maya.id] } });
  await org.api(`/api/integrations/accounts/${org.accountId}`, { method: "PATCH", body: { division_id: sales } });
  const budi = await org.customer("Budi", "Anybody there?");
  const page = await org.open(org.admin, `/inbox/${budi.id}?status=open&status=pending`, {
    prepare: (opened) => opened.clock.install(),
  });
  await bubble(page, "Anybody there?").waitFor();
  await page.getByRole("button", { name: "Assigned to Sales. Assign" }).waitFor();
  await row(page, "Budi").getByText("Waiting 1 min").waitFor();
  await page.getByText("1 of 2 available").waitFor();

  // She opens her console: what waited is hers, on both screens at once.
  const mayas = await org.open(maya);
  await eventually(async () => expect(await rowNames(mayas)).toEqual(["Budi"]));
  await page.getByRole("button", { name: "Assigned to Maya. Assign" }).waitFor();
  await row(page, "Budi").getByText("Waiting").waitFor({ state: "detached" });
  await page.clock.fastForward(61_000);
  await page.getByText("2 of 2 available").waitFor();

  await turn(mayas, "Available", "Away");
  const sari = await org.customer("Sari", "I would like to order");
  await row(page, "Sari").getByText("Waiting 1 min").waitFor();
  expect(await rowNames(mayas)).toEqual(["Budi"]);
  expect((await org.api(`/api/conversations/${sari.id}`)).assigned_agent_id).toBe(null);
  await turn(mayas, "Away", "Available");
  await eventually(async () => expect(await rowNames(mayas)).toEqual(["Sari", "Budi"]));
  await row(page, "Sari").getByText("Waiting").waitFor({ state: "detached" });
});
