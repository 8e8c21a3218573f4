import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { eventually, flow } from "./stage";

flow("figures, the chart's table and the file say what the API says, for the days chosen", async (org) => {
  const [budi] = await Promise.all([org.customer("Budi", "one"), org.customer("Sari", "two")]);
  await org.api(`/api/conversations/${budi.id}/messages`, { body: { type: "text", content: { text: "Hello" } } });
  await org.api(`/api/conversations/${budi.id}/status`, { method: "PATCH", body: { status: "resolved" } });
  // Figures follow within a second.
  await eventually(async () => {
    const { period } = await org.api("/api/analytics/overview");
    expect([period.conversations_new, period.conversations_resolved, period.first_responses]).toEqual([2, 1, 1]);
  });
  const page = await org.open(org.admin, "/analytics");
  const tile = (name: string) =>
    page.locator("section", { has: page.getByRole("heading", { name, exact: true }) }).first();
  await tile("New conversations").getByText("2", { exact: true }).waitFor();
  await tile("Resolved").getByText("50 % of new").waitFor();

  await page.getByRole("button", { name: "Show as a table" }).click();
  const table = page.getByRole("table", { name: "New conversations by day" });
  await table.waitFor();
  const { days } = await org.api("/api/analytics/trends?period=30d");
  const today = new Date(`${days.at(-1).date}T00:00:00Z`);
  const name = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "long",
    timeZone: "UTC",
  }).format(today);
  expect(await table.getByRole("row", { name }).innerText()).toMatch(/2\s+0$/);
  expect(await table.getByRole("row").count()).toBe(15);

  await page.getByRole("button", { name: "Last 14 days" }).click();
  await page.getByRole("menuitem", { name: "Last 7 days" }).click();
  await eventually(async () => expect(await table.getByRole("row").count()).toBe(8));
  expect(page.url()).toContain("range=7d");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
  const lines = (await text(await file.createReadStream())).trim().split("\r\n");
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatch(/^Day,New conversations,/);
  expect(lines.at(-1)!.split(",").slice(0, 4)).toEqual([days.at(-1).date, "2", "0", "1"]);

  // Other screens keep the days, and a row leads to its own trend.
  await page.getByRole("link", { name: "Agents", exact: true }).click();
  await page.getByRole("button", { name: "Last 7 days" }).waitFor();
  await page.getByRole("table", { name: "Agents" }).getByRole("button", { name: org.admin.name }).click();
  expect(page.url()).toContain(`agent_id=${org.admin.id}`);
  await page.getByRole("button", { name: `${org.admin.name} In` }).waitFor();
});

flow("an organization in which nothing has happened sees zeros and what to do, on every screen", async (org) => {
  const page = await org.open(org.admin, "/analytics/overview");
  for (const [link, words] of [
    ["Trends", "All figures"],
    ["Channels", "Accounts"],
    ["Satisfaction", "Nobody was asked in these days"],
    ["SLA", "No targets are set"],
    ["WhatsApp", "Nothing was charged in these days."],
  ] as const) {
    await page.getByRole("navigation", { name: "Analytics" }).getByRole("link", { name: link, exact: true }).click();
    await page.getByText(words).first().waitFor();
  }
  // Figures are of the whole organization, which an agent's role does not include.
  const ana = await org.agent("Ana");
  const other = await org.open(ana, "/inbox");
  await other.getByRole("link", { name: "Inbox" }).first().waitFor();
  expect(await other.getByRole("link", { name: "Analytics" }).count()).toBe(0);
});
