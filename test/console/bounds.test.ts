import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, type Org, row } from "./stage";

/** Exact bounds of what the console asks of the network and draws. */

const TEXTS = Array.from({ length: 120 }, (_, n) => `message ${n}`);

async function manyWrite(org: Org): Promise<void> {
  const items = Array.from({ length: 60 }, (_, n) => ({
    from: `62817${String(n).padStart(3, "0")}${String(Date.now()).slice(-6)}`,
    name: `Customer ${n}`,
    phoneNumberId: org.numberId,
    text: "hello",
  }));
  await org.sim("/batch", { body: { items } });
  await eventually(async () => expect((await org.api("/api/conversations?limit=100")).data.length).toBe(61));
}

/** The addresses that the page asked for since the last call. */
function listen(page: Page): () => string[] {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  page.on("websocket", (socket) => asked.push(`SOCKET ${new URL(socket.url()).pathname}`));
  return () => asked.splice(0);
}

/** Counts the rows whose content changes. */
const watchRows = `{
  globalThis.changedRows = new Set();
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const item = (target.nodeType === 1 ? target : target.parentElement).closest("li[data-index]");
      if (item) changedRows.add(item.querySelector("bdi")?.textContent);
    }
  }).observe(document.querySelector("ul[aria-label=Conversations]"), { subtree: true, childList: true, characterData: true });
}`;

flow("few requests until the list shows and for a conversation, none for an event, few elements", async (org) => {
  const budi = await org.customer("Budi", TEXTS[0]!);
  const items = TEXTS.slice(1).map((text) => ({ from: budi.phone, name: "Budi", phoneNumberId: org.numberId, text }));
  await org.sim("/batch", { body: { items } });
  await manyWrite(org);
  let asked!: () => string[];
  const prepare = async (opened: Page): Promise<void> => void (asked = listen(opened));
  const page = await org.open(await org.agent("Sari"), "/inbox/?status=open&status=pending", { prepare });
  await row(page, "Customer 5").first().waitFor();
  const all = asked();
  // The list waits neither for the font nor for the socket.
  const untilTheList = all
    .slice(0, all.indexOf("GET /api/conversations") + 1)
    .filter((one) => !/woff2|SOCKET/.test(one));
  expect(untilTheList.length, all.join("\n")).toBeLessThanOrEqual(10);

  // The other files come when nothing else is to be done, and the list once more.
  await eventually(() => expect(all.push(...asked()) && all.join("\n")).toMatch(/conversation-pane.*js/));
  await eventually(() => expect(all.push(...asked()) && all.filter((one) => one === "HEAD /app/")).toHaveLength(1));
  await page.waitForLoadState("networkidle");
  const isRead = page.waitForResponse((response) => response.url().endsWith("/read"));
  await row(page, "Customer 50").click();
  await bubble(page, "hello").waitFor();
  await page.mouse.move(1300, 30);
  await isRead;
  await page.waitForLoadState("networkidle");
  await page.evaluate(watchRows);
  asked();
  const [first] = (await org.api("/api/conversations?limit=1")).data;
  await org.api(`/api/conversations/${first.id}/tags`, { method: "PATCH", body: { tags: ["vip"] } });
  await row(page, first.contact_name).getByText("vip").waitFor();
  expect(asked()).toEqual([]);
  expect(await page.evaluate("[...changedRows]")).toEqual([first.contact_name]);

  // The pointer rests on the list: another view comes all the same.
  await page.getByRole("searchbox").first().fill("Budi");
  await row(page, "Budi").waitFor();
  await row(page, "Customer 5").waitFor({ state: "detached" });
  asked();
  await row(page, "Budi").click();
  await bubble(page, "message 119").waitFor();
  const forAConversation = asked().filter((one) => one.startsWith("GET"));
  expect(forAConversation.length, forAConversation.join("\n")).toBeLessThanOrEqual(3);
  expect(Number(await page.evaluate("document.querySelectorAll('*').length"))).toBeLessThanOrEqual(1500);
});
