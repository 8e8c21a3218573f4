import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow } from "./stage";

/** The lines between the messages of the thread, without their times. */
const lines = (page: Page): Promise<string[]> =>
  page
    .locator("[role=log] p:has(> time)")
    .evaluateAll((all) => all.map((one) => one.querySelector("span")?.textContent ?? ""));

flow("the thread says who assigned, transferred, resolved and reopened it, and when", async (org) => {
  const sari = await org.agent("Sari");
  const support = await org.api("/api/divisions", { body: { name: "Support" } });
  const { id, phone } = await org.customer("Budi", "It is broken");
  const page = await org.open(org.admin, `/inbox/${id}`);
  const theirs = await org.open(sari, `/inbox/${id}`);
  await bubble(page, "It is broken").waitFor();
  const path = `/api/conversations/${id}`;

  await page.keyboard.press("i");
  await eventually(async () => expect(await lines(page)).toEqual(["You took it"]));
  await org.api(`${path}/assign`, { method: "PATCH", body: { agent_id: sari.id } });
  await eventually(async () => expect(await lines(page)).toEqual(["You took it", "You assigned it to Sari"]));
  // Whoever may not see it before sees now what was done.
  await bubble(theirs, "It is broken").waitFor();
  await eventually(async () => expect(await lines(theirs)).toContain(`${org.admin.name} assigned it to you`));
  await page.keyboard.press("e");
  await eventually(async () => expect((await org.api(path)).status).toBe("resolved"));
  await org.api(`${path}/status`, { method: "PATCH", body: { status: "open" } });
  await org.customer("Budi", "It is broken again", phone);
  await org.api(`${path}/transfer`, { body: { to_division_id: support.id } });
  const all = [
    "You took it",
    "You assigned it to Sari",
    "You resolved it",
    "You reopened it",
    "You transferred it to Support",
  ];
  // As the stream told it, and as it is loaded.
  await page.goto(page.url().replace(/\/inbox.*/, `/inbox/${id}`));
  await bubble(page, "It is broken again").waitFor();
  await eventually(async () => {
    await page.reload();
    await bubble(page, "It is broken again").waitFor();
    expect(await lines(page)).toEqual(all);
  });
});
