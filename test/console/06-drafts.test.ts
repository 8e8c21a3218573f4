import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row } from "./stage";

flow("drafts stay with their conversation and kind, over switches, reloads and new messages", async (org) => {
  const names = ["Budi", "Sari", "Dewi"];
  const customers = await Promise.all(names.map((name) => org.customer(name, `hello from ${name}`)));
  const page = await org.open(org.admin);
  const note = page.getByRole("textbox", { name: "Note", exact: true });
  for (const name of names) {
    await row(page, name).click();
    await bubble(page, `hello from ${name}`).waitFor();
    await replyField(page).fill(`reply to ${name}`);
    await page.getByRole("button", { name: "Note", exact: true }).click();
    expect(await note.inputValue()).toBe("");
    await note.fill(`note on ${name}`);
    await page.getByRole("button", { name: "Reply", exact: true }).click();
  }
  await page.reload();
  for (const name of names) {
    await row(page, name).click();
    await eventually(async () => expect(await replyField(page).inputValue()).toBe(`reply to ${name}`));
    await page.getByRole("button", { name: "Note", exact: true }).click();
    expect(await note.inputValue()).toBe(`note on ${name}`);
    await page.getByRole("button", { name: "Reply", exact: true }).click();
  }

  // A message that comes moves neither the text, nor the caret, nor the focus.
  await replyField(page).focus();
  await page.keyboard.press("Home");
  await org.customer("Dewi", "one more", customers[2]!.phone);
  await bubble(page, "one more").waitFor();
  await page.keyboard.type("My ");
  expect(await replyField(page).inputValue()).toBe("My reply to Dewi");
});
