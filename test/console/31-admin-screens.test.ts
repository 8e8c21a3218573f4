import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "vitest";
import { flow } from "./stage";

/** Contacts, team and settings: no barrier that axe knows, in either theme; and nothing wider than a small phone. */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`;
/** Finds elements that reach beyond the screen, outside of tables that scroll by themselves. */
const TOO_WIDE = `[...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest("table, [role=region]"))
  .map((one) => one.outerHTML.slice(0, 160))`;
const PATHS = [
  "/contacts",
  "/team/agents",
  "/team/divisions",
  "/team/roles",
  "/team/roles/new",
  "/team/api-keys",
  ...[
    "profile",
    "preferences",
    "notifications",
    "security",
    "organization",
    "hours",
    "windows",
    "service-levels",
    "satisfaction",
  ].map((name) => `/settings/${name}`),
  "/quick-replies",
  "/activity",
];

flow("every screen is free of barriers, light and dark, in both languages", async (org) => {
  const { id: contact } = await org.api("/api/contacts", {
    body: { channel: "email", email: "ayu@example.com", name: "فاطمة", tags: ["vip"] },
  });
  const { id: division } = await org.api("/api/divisions", { body: { name: "Sales" } });
  await org.api("/api/quick-replies", { body: { title: "Hello", content: "Hello {{contact.name}}", shortcut: "hi" } });
  await org.api("/api/sla/policies", {
    body: { name: "Gold", first_response_time_secs: 300, resolution_time_secs: 3600 },
  });
  await org.api("/api/working-hours/holidays", { body: { date: "2031-12-25", name: "Christmas" } });
  const paths = [...PATHS, `/contacts/${contact}`, `/team/divisions/${division}`];
  for (const [colorScheme, locale, width] of [
    ["light", "en-GB", 1440],
    ["dark", "id-ID", 320],
  ] as const) {
    const page = await org.open(org.admin, "/settings", { colorScheme, locale, width });
    const app = page.url().slice(0, page.url().indexOf("/app") + 4);
    for (const path of paths) {
      await page.goto(`${app}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      await page.evaluate(axe);
      const violations = await page.evaluate(RUN);
      expect([path, colorScheme, violations]).toEqual([path, colorScheme, []]);
      expect([path, width, await page.evaluate(TOO_WIDE)]).toEqual([path, width, []]);
    }
  }
});
