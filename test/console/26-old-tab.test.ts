import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, networkOf, replyField } from "./stage";

/** Counts how often the page is loaded. */
function loadsOf(page: Page): () => number {
  let loads = 0;
  page.on("request", (request) => request.isNavigationRequest() && request.frame() === page.mainFrame() && loads++);
  return () => loads;
}

const gone = { status: 404, contentType: "application/problem+json", body: "{}" };

flow("a deploy has taken a file away: one reload brings the screen, the draft is there", async (org) => {
  const { id } = await org.customer("Budi", "hello");
  const page = await org.open(org.admin, `/inbox/${id}`, { expects: /404/ });
  await bubble(page, "hello").waitFor();
  await replyField(page).fill("half an answer");
  const loads = loadsOf(page);
  // Until the page itself is asked for anew.
  let isOld = true;
  page.on("request", (request) => request.isNavigationRequest() && (isOld = false));
  await page.route("**/assets/**", (route) => (isOld ? route.fulfill(gone) : route.continue()));
  await page.getByRole("link", { name: "Analytics" }).click();
  await page.getByRole("navigation", { name: "Analytics" }).waitFor();
  expect(loads()).toBe(1);
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("list", { name: "Conversations" }).getByText("Budi").click();
  await eventually(async () => expect(await replyField(page).inputValue()).toBe("half an answer"));
});

flow("a file that stays away is said, and nothing reloads for ever", async (org) => {
  const page = await org.open(org.admin, "/contacts", { expects: /404|dynamically imported|preload/ });
  await page.getByRole("heading", { level: 1 }).waitFor();
  const loads = loadsOf(page);
  await page.route(/assets\/page-/, (route) => route.fulfill(gone));
  await page.getByRole("link", { name: "Campaigns" }).click();
  await page.getByText("This screen has failed").waitFor();
  expect(loads()).toBe(1);
  await page.getByText("What you wrote is kept. Reload to go on.").waitFor();
  // The way out of it.
  await page.unroute(/assets\/page-/);
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("heading", { level: 1, name: "Campaigns" }).waitFor();
});

flow("a newer version is said when the line is back", async (org) => {
  const { id } = await org.customer("Budi", "hello");
  let network!: Awaited<ReturnType<typeof networkOf>>;
  let hasAsked!: Promise<unknown>;
  const page = await org.open(org.admin, `/inbox/${id}`, {
    expects: /ERR_INTERNET_DISCONNECTED|WebSocket/,
    async prepare(tab) {
      network = await networkOf(tab);
      hasAsked = tab.waitForResponse((response) => response.request().method() === "HEAD");
    },
  });
  await bubble(page, "hello").waitFor();
  // Then it knows its own version.
  await hasAsked;
  await replyField(page).fill("half an answer");
  await page.route("**/app/", (route) =>
    route.request().method() === "HEAD" ? route.fulfill({ headers: { etag: '"newer"' } }) : route.continue(),
  );
  await network.cut();
  await network.restore();
  await page.getByText("A new version is there.").waitFor();
  await page.getByRole("button", { name: "Reload" }).click();
  await bubble(page, "hello").waitFor();
  await eventually(async () => expect(await replyField(page).inputValue()).toBe("half an answer"));
});
