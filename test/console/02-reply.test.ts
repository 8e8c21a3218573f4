import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, replyField } from "./stage";

/** Writes down every word that the ticks of the first answer have shown. */
const WATCH = `window.shownTicks = [];
  new MutationObserver(() => {
    const word = document.querySelector("[role=log] article[aria-label^='From us'] footer span[title]")?.title;
    if (word && window.shownTicks.at(-1) !== word) window.shownTicks.push(word);
  }).observe(document, { subtree: true, childList: true, attributes: true })`;
const TICKS = ["Waiting", "On its way", "Queued", "Sent", "Delivered", "Read"];

flow("a reply shows at once, climbs to read, and reaches the customer once", async (org) => {
  const { id, phone } = await org.customer("Budi", "Is it there?");
  const held = Promise.withResolvers<void>();
  // The server has it and its frames come, but the answer of the call is late.
  const prepare = (opened: Page) =>
    opened.route(`**/conversations/${id}/messages`, async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      const response = await route.fetch();
      await held.promise;
      await route.fulfill({ response });
    });
  const page = await org.open(org.admin, `/inbox/${id}`, { prepare });
  await bubble(page, "Is it there?").waitFor();
  await page.evaluate(WATCH);
  const send = async (text: string): Promise<void> => {
    await replyField(page).fill(text);
    await page.keyboard.press("Control+Enter");
  };
  await send("Yes, two are left.");
  await bubble(page, "Yes, two are left.").getByTitle("On its way").waitFor();
  expect(await replyField(page).inputValue()).toBe("");
  // Two answers of the same words are two.
  await send("Shall I keep one?");
  await send("Shall I keep one?");
  await bubble(page, "Yes, two are left.").getByTitle("Read").waitFor();
  expect(await bubble(page, "Yes, two are left.").count()).toBe(1);
  expect(await bubble(page, "Shall I keep one?").count()).toBe(2);
  held.resolve();

  await eventually(async () => expect(await bubble(page, "Shall I keep one?").getByTitle("Read").count()).toBe(2));
  expect(await bubble(page, "Yes, two are left.").count()).toBe(1);
  const seen = (await page.evaluate("window.shownTicks")) as string[];
  expect(seen).toEqual(TICKS.filter((word) => seen.includes(word)));
  expect(seen.at(-1)).toBe("Read");
  const received = await org.received(phone);
  expect(received.map(({ text }) => text.body)).toEqual([
    "Yes, two are left.",
    "Shall I keep one?",
    "Shall I keep one?",
  ]);
});
