import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row, rowNames } from "./stage";

async function transfer(page: Page, to: RegExp, note: string): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Transfer" }).click();
  const dialog = page.getByRole("dialog", { name: "Transfer" });
  await dialog.getByRole("button", { name: /To/ }).click();
  await page.getByRole("option", { name: to }).click();
  await dialog.getByLabel("Why (for colleagues)").fill(note);
  await dialog.getByRole("button", { name: "Transfer" }).click();
  await dialog.waitFor({ state: "detached" });
}

flow("a conversation is handed over with a word why: it leaves my list, and is in theirs", async (org) => {
  const [ana, sari, dewi, budi] = await Promise.all([
    org.agent("Ana"),
    org.agent("Sari"),
    org.customer("Dewi", "hello from Dewi", undefined, undefined, Date.now() - 60_000),
    org.customer("Budi", "hello from Budi"),
  ]);
  const { id: billing } = await org.api("/api/divisions", { body: { name: "Billing" } });
  for (const { id } of [budi, dewi])
    await org.api(`/api/conversations/${id}/assign`, { method: "PATCH", body: { agent_id: ana.id } });
  const [anas, saris] = await Promise.all([org.open(ana), org.open(sari)]);
  await row(anas, "Budi").click();
  await bubble(anas, "hello from Budi").waitFor();
  await saris.getByText("Nothing here").waitFor();

  await transfer(anas, /^Sari/, "Wants a refund");
  await anas.getByText("Handed over to Sari").waitFor();
  // The next one is open.
  await bubble(anas, "hello from Dewi").waitFor();
  await eventually(async () => expect(await rowNames(anas)).toEqual(["Dewi"]));

  await saris.getByText("Budi was handed over to you: Wants a refund").waitFor();
  await eventually(async () => expect(await rowNames(saris)).toEqual(["Budi"]));
  await saris.getByRole("button", { name: "Open", exact: true }).click();
  await bubble(saris, "hello from Budi").waitFor();
  await saris.getByRole("button", { name: "Transfers" }).click();
  await saris.getByText("Wants a refund").last().waitFor();
  await replyField(saris).fill("Half an answer");

  // To a division's queue: not hers any more, though she still sees it.
  await org.api(`/api/conversations/${budi.id}/transfer`, { body: { to_division_id: billing, note: null } });
  await eventually(async () => expect(await rowNames(saris)).toEqual([]));
  await saris.getByRole("button", { name: "Assigned to Billing. Assign" }).waitFor();
  // To a colleague: out of her sight, while it is open.
  await org.api(`/api/conversations/${budi.id}/transfer`, { body: { to_agent_id: ana.id, note: "Paid twice" } });
  await saris.getByText("This conversation has left your sight").waitFor();
  expect(await replyField(saris).count()).toBe(0);
  await anas.getByText("Budi was handed over to you: Paid twice").waitFor();
  await eventually(async () => expect(await rowNames(anas)).toEqual(["Budi", "Dewi"]));

  // The admin sees all, so it stays open.
  const page = await org.open(org.admin, `/inbox/${dewi.id}`);
  await bubble(page, "hello from Dewi").waitFor();
  await transfer(page, /Division Billing/, "An invoice");
  await page.getByText("Handed over to Billing").waitFor();
  await page.getByRole("button", { name: "Assigned to Billing. Assign" }).waitFor();
  await eventually(async () => expect(await rowNames(anas)).toEqual(["Budi"]));
});
