import { expect } from "vitest";
import { bubble, eventually, flow, row } from "./stage";

const ZALGO = `Z${"\u0351\u0327".repeat(200)}algo`;
const TEXTS = [
  `<script>alert(1)</script><img src=x onerror="alert(2)">`,
  `"><svg/onload=alert(1)>{{7*7}}\${7*7}`,
  `\u202Egnp.exe\u202C abc \u2066nested\u2069`,
  ZALGO,
  "*bold* _it_ ~no~ ```code``` *un closed _nested *x*_",
  `${"a".repeat(3000)} ${"👨‍👩‍👧".repeat(50)}`,
  "*".repeat(2000),
  "https://example.com/?q=<b>&x=1). javascript:alert(1) data:text/html,x",
];

flow("whatever customers write is shown as text, and nothing of it runs", async (org) => {
  const name = `<b>${ZALGO}\u202E`;
  const { id, phone } = await org.customer(name, "first");
  const page = await org.open(org.admin, `/inbox/${id}`, {
    prepare: async (opened) => void opened.on("dialog", () => expect.fail("a script ran")),
  });
  await bubble(page, "first").waitFor();
  for (const text of TEXTS) await org.customer(name, text, phone);
  for (const type of ["unsupported", "order", "interactive", "nonsense"])
    await org.customer(name, { type, [type]: { nested: [[{}]], text: 7, body: null } }, phone);
  await eventually(async () => {
    const { messages } = await org.api(`/api/conversations/${id}/messages`);
    expect(messages.length).toBeGreaterThanOrEqual(TEXTS.length + 4);
  });
  await page.reload();
  await row(page, "algo").first().waitFor();
  await page.locator("[role=log][data-loaded]").waitFor();
  const log = page.locator("[role=log]");
  await log.evaluate((element) => (element.scrollTop = 0));
  await bubble(page, "<script>alert(1)</script>").waitFor();
  await bubble(page, "example.com")
    .scrollIntoViewIfNeeded()
    .catch(() => undefined);
  for (const link of await log.locator("a[href]").all()) {
    expect(await link.getAttribute("href")).toMatch(/^https?:|^\/api\/media\//);
    expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
  }
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
});
