import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, type Network, networkOf, replyField } from "./stage";

const LOST = /net::ERR_INTERNET_DISCONNECTED|WebSocket connection/;

flow("sends that the network lost wait on the device, survive a reload, and leave once, in order", async (org) => {
  const { id } = await org.customer("Budi", "Hello?");
  let network!: Network;
  const prepare = async (opened: Page): Promise<void> => void (network = await networkOf(opened));
  const page = await org.open(org.admin, `/inbox/${id}`, { expects: LOST, prepare });
  await bubble(page, "Hello?").waitFor();
  await replyField(page).waitFor();
  await network.cut();
  for (const text of ["first", "second", "third"]) {
    await replyField(page).fill(text);
    await page.keyboard.press("Control+Enter");
    await bubble(page, text).waitFor();
  }
  await page.getByText("No connection. What you send waits on this device.").waitFor();
  expect((await org.api(`/api/conversations/${id}/messages`)).messages).toHaveLength(1);

  await network.restore();
  await page.reload();
  await eventually(async () => {
    const { messages } = await org.api(`/api/conversations/${id}/messages`);
    expect(messages.map(({ content }: { content: { text: string } }) => content.text)).toEqual([
      "Hello?",
      "first",
      "second",
      "third",
    ]);
  }, 15_000);
  // The page has been loaded anew, and shows them once each.
  await eventually(async () => {
    for (const text of ["first", "second", "third"]) expect(await bubble(page, text).count()).toBe(1);
    expect(await page.locator("[data-outgoing]").count()).toBe(0);
  });
});
