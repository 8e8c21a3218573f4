import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "vitest";
import { flow } from "./stage";

/** Analytics, channels, templates and search: no barrier that axe knows, in either theme; nothing wider than a small phone. */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`;
const IS_TOO_WIDE = `document.querySelector("main").scrollWidth > document.querySelector("main").clientWidth`;

flow("figures, channels, templates and search are free of barriers, light and dark, in both languages", async (org) => {
  const { id } = await org.customer("Budi", "Is it open?");
  await org.api(`/api/conversations/${id}/messages`, { body: { type: "text", content: { text: "Yes" } } });
  await org.api("/api/sla/policies", {
    body: { name: "Gold", first_response_time_secs: 300, resolution_time_secs: 3600 },
  });
  const { id: page } = await org.api("/api/integrations/accounts", {
    body: {
      channel: "messenger",
      display_name: "Page",
      config: { page_id: org.accountId.replaceAll(/\D/g, "").slice(0, 15), access_token: "t" },
    },
  });
  const paths = [
    ...["overview", "trends", "agents", "channels", "csat", "sla", "whatsapp"].map((name) => `/analytics/${name}`),
    "/channels",
    `/channels/${org.accountId}`,
    `/channels/${page}`,
    "/templates",
    "/templates/new",
    "/search?q=open",
  ];
  for (const [colorScheme, locale, width] of [
    ["light", "en-GB", 1440],
    ["dark", "id-ID", 320],
  ] as const) {
    const tab = await org.open(org.admin, "/search", { colorScheme, locale, width });
    const app = tab.url().slice(0, tab.url().indexOf("/app") + 4);
    for (const path of paths) {
      await tab.goto(`${app}${path}`);
      await tab.getByRole("heading", { level: 1 }).waitFor();
      await tab.waitForLoadState("networkidle");
      await tab.evaluate(axe);
      const violations = await tab.evaluate(RUN);
      expect([path, colorScheme, violations]).toEqual([path, colorScheme, []]);
      const isTooWide = await tab.evaluate(IS_TOO_WIDE);
      expect([path, width, isTooWide]).toEqual([path, width, false]);
    }
  }
});
