import { expect, inject } from "vitest";
import { bubble, eventually, flow, replyField } from "./stage";

flow("a message is scheduled, seen and cancelled; another goes at its minute", async (org) => {
  const { id, phone } = await org.customer("Budi", "When do you open?");
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "When do you open?").waitFor();
  await page.getByRole("button", { name: "Planned" }).click();
  await page.getByText("Nothing is planned.").waitFor();

  await replyField(page).fill("We are open now.");
  await page.getByRole("button", { name: "Send later" }).click();
  const dialog = page.getByRole("dialog", { name: "Send later" });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await dialog.getByLabel("When").fill(`${tomorrow}T09:30`);
  await dialog.getByRole("button", { name: "Send later" }).click();
  await page.getByText(/It will be sent on .*09:30/).waitFor();
  expect(await replyField(page).inputValue()).toBe("");
  const planned = page.getByRole("listitem").filter({ hasText: "We are open now." });
  await planned.getByText(/09:30/).waitFor();
  await planned.getByRole("button", { name: "Cancel this message" }).click();
  await page.getByText("Nothing is planned.").waitFor();

  await replyField(page).fill("In a moment.");
  const at = new Date(Date.now() + 1500).toISOString();
  await org.api(`/api/conversations/${id}/scheduled-messages`, {
    body: { type: "text", content: { text: "In a moment." }, scheduled_at: at },
  });
  await page.reload();
  await page.getByRole("listitem").filter({ hasText: "In a moment." }).waitFor();
  await eventually(async () => {
    await fetch(inject("stage")!.minute);
    expect(await bubble(page, "In a moment.").count()).toBe(1);
  });
  await page.getByText("Nothing is planned.").waitFor();
  await eventually(async () => {
    const state = (await (await fetch(`${inject("stage")!.graph}/_sim/state`)).json()) as any;
    const sent = state.messages.filter(({ to }: any) => to === phone);
    expect(sent.map(({ body }: any) => body.text.body)).toEqual(["In a moment."]);
  });
});
