import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, openBeside } from "./stage";

/** Notes what the browser is given to play and to show. */
const RECORD = `
  globalThis.heard = 0;
  globalThis.shown = [];
  const start = AudioScheduledSourceNode.prototype.start;
  AudioScheduledSourceNode.prototype.start = function (...when) {
    globalThis.heard++;
    return start.apply(this, when);
  };
  globalThis.Notification = new Proxy(Notification, {
    construct(target, [title, options]) {
      const notification = Reflect.construct(target, [title, options]);
      globalThis.shown.push({ text: title + ": " + options.body, notification });
      return notification;
    },
  });`;

const record = async (page: Page): Promise<void> => void (await page.context().addInitScript(RECORD));
const heardIn = async (tabs: Page[]): Promise<number> =>
  (await Promise.all(tabs.map((tab) => tab.evaluate<number>("heard")))).reduce((sum, one) => sum + one, 0);
const shownIn = (page: Page): Promise<string[]> => page.evaluate("shown.map(({ text }) => text)");
/** The agent looks at another window. */
const lookAway = (page: Page) => page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))");

flow("of three tabs one rings; the title of each counts; what calls is chosen and kept", async (org) => {
  await org.customer("Budi", "Halo");
  const first = await org.open(org.admin, "/search", { prepare: record });
  const settings = await openBeside(first, "/settings/notifications");
  const tabs = [first, await openBeside(first, "/contacts"), settings];
  const everywhere = (title: string) =>
    eventually(async () => expect(await Promise.all(tabs.map((tab) => tab.title()))).toEqual([title, title, title]));
  // Browsers allow sounds where somebody has pressed something.
  for (const tab of tabs) await tab.getByRole("heading", { level: 1 }).click();
  await everywhere("(1) OmniStream");
  expect(await heardIn(tabs)).toBe(0);

  await org.customer("Sari", "Where is my order?");
  await everywhere("(2) OmniStream");
  await eventually(async () => expect(await heardIn(tabs)).toBe(1));
  expect(await first.locator("link[rel=icon]").getAttribute("href")).toContain("unread");
  // Later, so that it rings again: had two tabs rung before, it would be more.
  await first.clock.setFixedTime(Date.now() + 5000);
  const dewi = await org.customer("Dewi", "Hello?");
  await everywhere("(3) OmniStream");
  await eventually(async () => expect(await heardIn(tabs)).toBe(2));

  // A mention calls too; one's own does not.
  const rudi = await org.agent("Rudi Hartono", "supervisor");
  await first.clock.setFixedTime(Date.now() + 10_000);
  await org.api(`/api/conversations/${dewi.id}/notes`, {
    as: rudi,
    body: { content: `@[${org.admin.name}](${org.admin.id}) can you look?` },
  });
  await eventually(async () => expect(await heardIn(tabs)).toBe(3));

  await settings
    .getByRole("button", { name: /nobody has the conversation/ })
    .first()
    .click();
  await settings.getByRole("option", { name: "Nothing" }).click();
  await everywhere("OmniStream");
  await settings.getByRole("button", { name: "Hear it: A colleague mentions me in a note" }).click();
  await settings.getByText(/That was it/).waitFor();
  expect(await heardIn(tabs)).toBe(4);
  await eventually(async () =>
    expect(await org.api("/api/preferences")).toMatchObject({ sound_unassigned: "off", sound_mention: "clear" }),
  );
});

flow("the desktop: refused in words, allowed, shown, pressed; never for what is looked at", async (org) => {
  const budi = await org.customer("Budi", "Halo");
  await org.api(`/api/conversations/${budi.id}/assign`, { method: "PATCH", body: { agent_id: org.admin.id } });
  const page = await org.open(org.admin, "/settings/notifications", { prepare: record });
  await page.getByText("The browser asks once whether it may.").waitFor();
  const desktop = page.getByRole("switch", { name: "Show notifications on this desktop" });
  // This browser refuses whatever it is asked.
  await page.getByText("Show notifications on this desktop").click();
  await page.getByText("The browser refuses notifications of this site.").first().waitFor();
  expect(await desktop.isChecked()).toBe(false);
  await page.context().grantPermissions(["notifications"]);
  await eventually(async () => expect(await desktop.isChecked()).toBe(true));
  expect(await page.getByText("The browser refuses").count()).toBe(0);
  await page.getByRole("button", { name: "Show one now" }).click();
  await eventually(async () => expect(await shownIn(page)).toEqual(["So it looks: A customer’s message stands here."]));

  await eventually(async () => expect(await page.title()).toBe("(1) OmniStream"));
  await lookAway(page);
  await org.customer("Budi", "Is anybody there?", budi.phone);
  await eventually(async () => expect((await shownIn(page)).at(-1)).toBe("Budi: Is anybody there?"));
  await page.evaluate("shown.at(-1).notification.dispatchEvent(new Event('click'))");
  await bubble(page, "Is anybody there?").waitFor();

  // Now it is looked at.
  await page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))");
  await org.customer("Budi", "Thank you", budi.phone);
  await bubble(page, "Thank you").waitFor();
  await lookAway(page);
  await org.customer("Budi", "One more thing", budi.phone);
  await eventually(async () => expect((await shownIn(page)).at(-1)).toBe("Budi: One more thing"));
  expect(await shownIn(page)).not.toContain("Budi: Thank you");
});

flow("a sound that the browser forbids is said; a browser is told while the console is closed", async (org) => {
  await org.customer("Budi", "Halo");
  const page = await org.open(org.admin, "/settings/notifications", {
    prepare: async (tab) => {
      await tab.context().grantPermissions(["notifications"]);
      // As a browser does that lets a page make no sound before it is used; this one always lets it.
      await tab.addInitScript(`Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" })`);
      // A push service is beyond the network of tests; this one's subscriptions are of the right form.
      await tab.addInitScript(`PushManager.prototype.subscribe = async () => ({
        toJSON: () => ({
          endpoint: "https://push.example.com/" + crypto.randomUUID(),
          keys: { p256dh: "B" + "A".repeat(86), auth: "A".repeat(22) },
        }),
      })`);
    },
  });
  await eventually(async () => expect(await page.title()).toBe("(1) OmniStream"));
  await org.customer("Sari", "Hello");
  await page.getByText("A sound was held back").waitFor();
  await page.getByText("Tell this browser even while no page").click();
  const browsers = page.getByRole("list", { name: "Browsers that are told" });
  await browsers.getByText("this one").waitFor();
  const [subscription] = await org.api("/api/push/subscriptions");
  expect(subscription).toMatchObject({ host: "push.example.com", device_name: "Chrome on Linux" });

  const cdp = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) =>
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => resolve(registrations[0]!.registrationId)),
  );
  await cdp.send("ServiceWorker.enable");
  const { origin } = new URL(page.url());
  const data = JSON.stringify({ type: "message.received", conversation_id: "c1", title: "Budi", body: "Halo" });
  await cdp.send("ServiceWorker.deliverPushMessage", { origin, registrationId: await registered, data });
  await eventually(async () =>
    expect(
      await page.evaluate(
        "navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map(({ title, body }) => [title, body]))",
      ),
    ).toEqual([["Budi", "Halo"]]),
  );

  await page.getByRole("button", { name: "Tell Chrome on Linux no more" }).click();
  await browsers.waitFor({ state: "detached" });
  expect(await org.api("/api/push/subscriptions")).toEqual([]);
});
