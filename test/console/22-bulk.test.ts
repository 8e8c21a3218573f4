import { expect, inject } from "vitest";
import { callOk } from "../../scripts/api-client.ts";
import { eventually, flow, row } from "./stage";

const COUNT = 150;

flow("150 are selected and tagged; three fail, and it says which and why", async (org) => {
  const { graph } = inject("stage")!;
  const { config } = await org.api(`/api/integrations/accounts/${org.accountId}`);
  const start = Math.floor(Math.random() * 1e7);
  const items = Array.from({ length: COUNT }, (_, i) => ({
    from: `62813${String(start * 1000 + i).padStart(10, "0")}`,
    name: `Customer ${String(i).padStart(3, "0")}`,
    text: "Hello",
    phoneNumberId: config.phone_number_id,
  }));
  await callOk(`${graph}/_sim/batch`, { body: { items } });
  const all = async (query: string): Promise<any[]> => {
    const first = await org.api(`/api/conversations?limit=100&${query}`);
    const next = first.has_more
      ? await org.api(`/api/conversations?limit=100&cursor=${encodeURIComponent(first.next_cursor)}&${query}`)
      : { data: [] };
    return [...first.data, ...next.data];
  };
  await eventually(async () => expect(await all("")).toHaveLength(COUNT));
  // A conversation has at most 50 tags.
  const full = (await all("")).filter(({ contact_name: name }) => /00[123]$/.test(name));
  const tags = Array.from({ length: 50 }, (_, i) => `tag ${i}`);
  for (const { id } of full) await org.api(`/api/conversations/${id}/tags`, { method: "PATCH", body: { tags } });

  const page = await org.open(org.admin);
  await row(page, "Customer 001").waitFor();
  const bar = page.getByRole("toolbar", { name: "Actions on the selected conversations" });
  await page.getByRole("checkbox").first().check({ force: true });
  await bar.getByRole("button", { name: "All", exact: true }).click();
  await bar.getByText("100 selected").waitFor();
  await bar.getByText("of those loaded").waitFor();
  // Rows further down are loaded when they are looked at.
  await row(page, "Customer").last().hover();
  await eventually(async () => {
    await page.mouse.wheel(0, 20_000);
    expect(await bar.getByText("of those loaded").count()).toBe(0);
  });
  await bar.getByRole("button", { name: "All", exact: true }).click();
  await bar.getByText("150 selected").waitFor();

  await bar.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Add tags" }).click();
  await page.getByLabel("Tags, separated by commas").fill("sale");
  await page.keyboard.press("Enter");
  await page.getByText("147 conversations changed").waitFor();
  const failures = page.getByRole("dialog", { name: "3 were not changed" });
  for (const name of ["Customer 001", "Customer 002", "Customer 003"])
    await failures.getByRole("listitem").filter({ hasText: name }).getByText("at most 50 tags").waitFor();
  await page.keyboard.press("Escape");
  // They stay selected, for another try.
  await bar.getByText("3 selected").waitFor();
  await eventually(async () => expect(await all("tag=sale")).toHaveLength(COUNT - 3));
});
