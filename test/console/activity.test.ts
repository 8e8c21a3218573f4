import { expect } from "vitest";
import { eventually, flow } from "./stage";

flow("the log says who changed what, and is filtered by person and thing", async (org) => {
  const rudi = await org.agent("Rudi");
  const { id } = await org.api("/api/divisions", { body: { name: "Sales" } });
  await org.api(`/api/divisions/${id}`, { method: "PATCH", body: { name: "Sales and returns" } });
  await org.api(`/api/divisions/${id}/agents`, { body: { agent_ids: [rudi.id] } });
  await org.api(`/api/agents/${rudi.id}`, { as: rudi, method: "PATCH", body: { full_name: "Rudi Hartono" } });
  const page = await org.open(org.admin, "/activity");
  await page
    .getByRole("row", { name: /Changed division “Sales and returns”.*name Sales → Sales and returns/ })
    .waitFor();
  await page.getByRole("row", { name: /Added members to division “Sales and returns”.*Rudi Hartono/ }).waitFor();

  await page.getByRole("button", { name: "Everybody Who" }).click();
  await page.getByRole("option", { name: "Rudi Hartono" }).click();
  await eventually(async () => expect(await page.locator("tbody tr").count()).toBe(1));
  await page.getByRole("row", { name: /Rudi Hartono Changed agent “Rudi Hartono”/ }).waitFor();
  await page.getByLabel("To", { exact: true }).fill("2020-01-01");
  await page.getByText("No change fits these filters.").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("link", { name: "Created division “Sales”" }).click();
  await page.getByRole("heading", { name: "Sales and returns", level: 1 }).waitFor();
});
