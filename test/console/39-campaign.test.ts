import type { Page } from "playwright-core";
import { expect } from "vitest";
import { approveTemplate, eventually, flow, type Org } from "./stage";

const phones = Array.from({ length: 20 }, () => `62813${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`);
const FRUITS = ["mango", "papaya", "durian"];

/** The texts that each recipient got, in Meta's format: the template's values. */
async function valuesOf(org: Org, phone: string): Promise<string[][]> {
  const messages = await org.received(phone);
  return messages.map(({ template }) =>
    template.components.flatMap(({ parameters }: { parameters: { text: string }[] }) =>
      parameters.map(({ text }) => text),
    ),
  );
}

const reached = async (org: Org): Promise<number> =>
  (await Promise.all(phones.map((phone) => org.received(phone)))).flat().length;

const addFile = (page: Page, text: string): Promise<void> =>
  page
    .locator("input[type=file]")
    .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });

flow("a campaign is drafted, filled from a file, watched, paused and cancelled; its copy is sent", async (org) => {
  await approveTemplate(org, "harvest", [
    { type: "BODY", text: "Hi {{1}}, your {{2}} is ripe.", example: { body_text: [["Ani", "mango"]] } },
    { type: "FOOTER", text: "Toko Biru" },
  ]);
  const page = await org.open(org.admin, "/campaigns", { prepare: (opened) => opened.clock.install() });
  await page.getByText("No campaigns yet").waitFor();
  await page.getByRole("button", { name: "New campaign" }).first().click();
  const make = page.getByRole("dialog", { name: "New campaign" });
  await make.getByLabel("Name").fill("Harvest");
  await make.getByRole("button", { name: /Template/ }).click();
  await page.getByRole("option", { name: "harvest · en_US" }).click();
  await make.getByText("Hi {{1}}, your {{2}} is ripe.").waitFor();
  await make.getByRole("button", { name: "Make a draft" }).click();

  // Recipients: one line is no number, one is there twice.
  await page.getByText("An example, until there are recipients.").waitFor();
  const lines = phones.map((phone, i) => `+${phone},Customer ${i + 1},${FRUITS[i % FRUITS.length]}`);
  await addFile(page, ["phone,1,2", ...lines, lines[0], "not a number,Nobody,nothing"].join("\n"));
  await page.getByText("20 added, 1 there already").waitFor();
  await page.getByRole("button", { name: "One line refused" }).click();
  const refused = page.getByRole("dialog", { name: "One was refused" });
  await refused.getByRole("cell", { name: "not a number" }).waitFor();
  await refused.getByRole("button", { name: "Close" }).click();

  // Each message can be read before it leaves.
  const preview = page.getByRole("region", { name: "What they get" }).last();
  await preview.getByText("Hi Customer 1, your mango is ripe.").waitFor();
  await page.getByRole("button", { name: "Next recipient" }).click();
  await preview.getByText("Hi Customer 2, your papaya is ripe.").waitFor();
  await page.getByLabel("At most so many messages a second").fill("1");
  await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();

  await page.getByRole("button", { name: "Send", exact: true }).click();
  const confirm = page.getByRole("dialog", { name: "Send “Harvest”?" });
  await confirm.getByText("20 people get it now.").waitFor();
  await confirm.getByRole("button", { name: "Send", exact: true }).click();

  // It is watched without a reload, and stands still when it is paused.
  const far = page.getByRole("progressbar", { name: "Done" });
  await page.getByText(/^[1-9]\d* of 20 done$/).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("A colleague has paused it. Resume to go on where it was.").waitFor();
  const paused = await reached(org);
  expect(paused).toBeLessThan(20);
  await eventually(async () => expect(await far.getAttribute("aria-valuenow")).toBe(String(paused)));
  await page.getByRole("button", { name: "Resume" }).click();
  await eventually(async () => expect(await reached(org)).toBeGreaterThan(paused));
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Cancel the campaign" }).click();
  await page
    .getByRole("dialog")
    .getByText(/not been written to, and will not be/)
    .waitFor();
  await page.getByRole("button", { name: "Cancel the campaign" }).click();
  await page.getByText("A colleague has cancelled it. Nothing leaves any more.").waitFor();
  const first = await reached(org);
  expect(first).toBeLessThan(20);
  expect(await valuesOf(org, phones[0]!)).toEqual([["Customer 1", "mango"]]);

  // The copy goes to two: one answers, one is not on WhatsApp.
  const [there, absent] = [phones[18]!, phones[19]!];
  await org.sim("/faults", {
    method: "PATCH",
    body: { recipients: [{ to: absent, code: 131026, as: "status" }] },
  });
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await page.getByRole("button", { name: "Paste numbers" }).click();
  const paste = page.getByRole("dialog", { name: "Paste numbers" });
  await paste.getByRole("textbox").fill(`+${there}\n+${absent}`);
  await paste.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Nothing fills {{1}}, {{2}}.").waitFor();
  await page.getByLabel("Text, {{1}}").fill("friend");
  await page.getByLabel("Text, {{2}}").fill("jackfruit");
  await preview.getByText("Hi friend, your jackfruit is ripe.").waitFor();
  const before = (await org.received(there)).length;
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("2 of 2 done").waitFor();
  await page.getByText("Does not use WhatsApp, or an old version").waitFor();
  await eventually(async () => expect((await valuesOf(org, there))[before]).toEqual(["friend", "jackfruit"]));
  await org.customer("Ayu", "Yes please", there);
  await page.clock.fastForward(10_000);
  const row = page.getByRole("row", { name: new RegExp(there.slice(-4)) });
  await row.getByText("Answered").waitFor();
  await row.getByRole("link").click();
  await page.getByRole("log").getByText("Hi friend, your jackfruit is ripe.").waitFor();
});
