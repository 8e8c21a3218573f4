import { expect, inject } from "vitest";
import { bubble, eventually, flow, row } from "./stage";

flow("a note with a mention reaches the colleague live, and never the customer", async (org) => {
  const sari = await org.agent("Sari Dewi", "supervisor");
  const { id, phone } = await org.customer("Budi", "Where is my order?");
  const page = await org.open(org.admin, `/inbox/${id}`);
  const theirs = await org.open(sari, `/inbox/${id}`);
  await bubble(page, "Where is my order?").waitFor();
  await bubble(theirs, "Where is my order?").waitFor();

  await page.keyboard.press("n");
  const note = page.getByRole("textbox", { name: "Note", exact: true });
  await note.pressSequentially("Ask @sa");
  await page.getByRole("option", { name: /Sari Dewi/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type("for the parcel");
  expect(await page.getByRole("combobox").count()).toBe(0);
  expect(await note.inputValue()).toBe("Ask @Sari Dewi for the parcel");

  // Files of a note would go to nobody: it says so, and has no button for them.
  expect(await page.getByRole("button", { name: "Attach files" }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Record a voice message" }).count()).toBe(0);
  await note.evaluate((field) => {
    const dom = globalThis as any;
    const files = new dom.DataTransfer();
    files.items.add(new dom.File(["x"], "secret.txt", { type: "text/plain" }));
    field.dispatchEvent(new dom.ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true }));
  });
  await page.getByText("Notes have no files.").waitFor();

  await page.getByRole("button", { name: "Add note" }).click();
  const shown = theirs.getByRole("article", { name: `Note of ${org.admin.name}` });
  await shown.waitFor();
  expect(await shown.locator("mark").innerText()).toBe("@Sari Dewi");
  expect(await shown.innerText()).toContain("note, not sent");
  // The next one is a note too.
  expect(await note.inputValue()).toBe("");
  await row(theirs, "Budi").waitFor();

  const { notes } = await org
    .api(`/api/conversations/${id}/notes`)
    .then(({ data }: { data: { mentions: string[] }[] }) => ({ notes: data }));
  expect(JSON.stringify(notes)).toContain(sari.id);
  const { messages } = await org.api(`/api/conversations/${id}/messages`);
  expect(messages).toHaveLength(1);
  const state = (await (await fetch(`${inject("stage")!.graph}/_sim/state`)).json()) as any;
  await eventually(() => expect(state.messages.filter(({ to }: any) => to === phone)).toEqual([]));
});
