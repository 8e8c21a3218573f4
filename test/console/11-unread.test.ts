import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row } from "./stage";

/** A tab in the background, or back in sight. */
const show = (page: Page, visibility: "hidden" | "visible"): Promise<void> =>
  page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "${visibility}", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"))`);

flow("a conversation is read once its end was seen, in a tab that is looked at", async (org) => {
  const budi = await org.customer("Budi", "message 0");
  const items = Array.from({ length: 30 }, (_, i) => ({
    from: budi.phone,
    phoneNumberId: org.numberId,
    text: `message ${i + 1}`,
  }));
  await org.sim("/batch", { body: { items } });
  const unread = async (): Promise<number> => (await org.api(`/api/conversations/${budi.id}`)).unread_count;
  await eventually(async () => expect(await unread()).toBe(31));
  const page = await org.open(org.admin, "/", { prepare: (opened) => opened.clock.install() });
  await row(page, "Budi").getByText("31 unread").waitFor();
  await row(page, "Budi").click();
  await bubble(page, "message 30").waitFor();
  await row(page, "Budi").getByText("unread").waitFor({ state: "detached" });
  await eventually(async () => expect(await unread()).toBe(0));

  // The end is out of sight.
  await page.getByRole("log").evaluate((element) => (element.scrollTop = 0));
  await page.getByRole("button", { name: "To the newest" }).waitFor();
  await org.customer("Budi", "below", budi.phone);
  await page.getByRole("button", { name: "1 new" }).waitFor();
  await row(page, "Budi").getByText("1 unread").waitFor();
  await page.clock.fastForward(5000);
  expect(await unread()).toBe(1);
  await page.getByRole("button", { name: "1 new" }).click();
  await row(page, "Budi").getByText("unread").waitFor({ state: "detached" });
  await eventually(async () => expect(await unread()).toBe(0));

  // Nobody looks at the tab.
  await show(page, "hidden");
  await org.customer("Budi", "in the background", budi.phone);
  await row(page, "Budi").getByText("1 unread").waitFor();
  await page.clock.fastForward(5000);
  expect(await unread()).toBe(1);
  await show(page, "visible");
  await eventually(async () => expect(await unread()).toBe(0));

  // Own work is no news.
  await page.keyboard.press("i");
  await page.getByRole("button", { name: "Assigned to You. Assign" }).waitFor();
  await page.keyboard.press("n");
  await page.keyboard.type("Regular customer");
  await page.keyboard.press("Control+Enter");
  await bubble(page, "Regular customer").waitFor();
  await org.api(`/api/conversations/${budi.id}/tags`, { method: "PATCH", body: { tags: ["regular"] } });
  await row(page, "Budi").getByText("regular").waitFor();
  expect(await row(page, "Budi").getByText("unread").count()).toBe(0);

  // Left for later: it is closed, and stays unread until it is opened again.
  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  await row(page, "Budi").getByText("1 unread").waitFor();
  expect(await page.getByRole("log").count()).toBe(0);
  await page.clock.fastForward(5000);
  expect(await unread()).toBe(1);
  await row(page, "Budi").click();
  await eventually(async () => expect(await unread()).toBe(0));
});

flow("an agent chooses when it is read and what Enter does, on every device", async (org) => {
  const { id, phone } = await org.customer("Budi", "Is it there?");
  const unread = async (): Promise<number> => (await org.api(`/api/conversations/${id}`)).unread_count;
  const page = await org.open(org.admin, "/settings/preferences");
  await page.getByRole("button", { name: /A conversation counts as read/ }).click();
  await page.getByRole("option", { name: "When I have answered" }).click();
  await page.getByText("Enter sends", { exact: true }).click();
  await eventually(async () =>
    expect(await org.api("/api/preferences")).toMatchObject({ read_when: "answered", enter_sends: true }),
  );

  const elsewhere = await org.open(org.admin, `/inbox/${id}`, { prepare: (opened) => opened.clock.install() });
  await bubble(elsewhere, "Is it there?").waitFor();
  await elsewhere.getByRole("button", { name: "Send ↵" }).waitFor();
  await elsewhere.clock.fastForward(5000);
  await row(elsewhere, "Budi").getByText("1 unread").waitFor();
  expect(await unread()).toBe(1);

  // An input method takes its own Enter; with Shift it begins a line.
  await replyField(elsewhere).fill("こん");
  await replyField(elsewhere).dispatchEvent("keydown", { key: "Enter", isComposing: true });
  expect(await replyField(elsewhere).inputValue()).toBe("こん");
  await replyField(elsewhere).fill("Yes,");
  await elsewhere.keyboard.press("Shift+Enter");
  await elsewhere.keyboard.type("two.");
  await elsewhere.keyboard.press("Enter");
  await eventually(async () => expect((await org.received(phone))[0]?.text.body).toBe("Yes,\ntwo."));
  await row(elsewhere, "Budi").getByText("unread").waitFor({ state: "detached" });
  expect(await unread()).toBe(0);

  // And back: the first device learns it when it is opened again.
  await org.api("/api/preferences", { method: "PATCH", body: { enter_sends: false } });
  await page.goto(page.url().replace(/\/app.*/, `/app/inbox/${id}`));
  await page.getByRole("button", { name: "Send Ctrl ↵" }).waitFor();
});
