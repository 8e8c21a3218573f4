import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, flow, row } from "./stage";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ": " + node.html.slice(0, 200) + " " + (node.any[0]?.message ?? ""))))`;

async function violationsOf(page: Page): Promise<string[]> {
  // By the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  return page.evaluate(RUN);
}

for (const colorScheme of ["light", "dark"] as const)
  flow(`axe finds nothing in the inbox, ${colorScheme}`, async (org) => {
    const { id, phone } = await org.customer("Budi", "Is the *blue* one there? https://example.com");
    await org.customer("فاطمة", "هل يمكن؟");
    await org.api(`/api/conversations/${id}/tags`, { method: "PATCH", body: { tags: ["vip"] } });
    await org.api(`/api/conversations/${id}/notes`, { body: { content: `@[Ana](${org.admin.id}) look` } });
    await org.api(`/api/conversations/${id}/messages`, { body: { type: "text", content: { text: "Yes" } } });
    await org.customer("Budi", { type: "location", location: { latitude: 1, longitude: 2, name: "Shop" } }, phone);
    const page = await org.open(org.admin, `/inbox/${id}`, { colorScheme });
    await bubble(page, "blue").waitFor();
    await row(page, "Budi").waitFor();
    await page.waitForTimeout(500);
    expect(await violationsOf(page)).toEqual([]);

    await page.getByRole("button", { name: "Note", exact: true }).click();
    expect(await violationsOf(page), "a note").toEqual([]);
    await page.getByRole("button", { name: "Filters" }).click();
    expect(await violationsOf(page), "filters").toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("What do you want to do?").waitFor();
    await page.waitForTimeout(300);
    expect(await violationsOf(page), "the palette").toEqual([]);
  });
