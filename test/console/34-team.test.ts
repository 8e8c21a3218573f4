import type { Page } from "playwright-core";
import { expect } from "vitest";
import { callOk } from "../../scripts/api-client.ts";
import { eventually, flow } from "./stage";

const agentRow = (page: Page, name: string) => page.getByRole("row", { name: new RegExp(name) });

flow("an agent is invited with a password that shows once, and logs in with it", async (org) => {
  const page = await org.open(org.admin, "/team");
  await page.getByRole("button", { name: "Invite an agent" }).click();
  const email = `sari-${Date.now()}@flow.test`;
  await page.getByLabel("Full name").fill("Sari Dewi");
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Conversations at a time").fill("8");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("heading", { name: "Sari Dewi can log in" }).waitFor();
  const password = await page.getByRole("status", { name: "Password" }).textContent();
  await page.getByRole("button", { name: "Done" }).click();
  await agentRow(page, "Sari Dewi").getByText("Up to 8").waitFor();
  const { body } = await callOk(`${new URL(page.url()).origin}/api/auth/login`, { body: { email, password } });
  expect(body.agent.full_name).toBe("Sari Dewi");
});

flow("an agent is changed, suspended, let in and deleted; the last admin is protected", async (org) => {
  const rudi = await org.agent("Rudi Hartono");
  const page = await org.open(org.admin, "/team/agents", { expects: /409|422|401/ });
  const menu = async (name: string, entry: string): Promise<void> => {
    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: entry }).click();
  };
  await menu("Rudi Hartono", "Edit…");
  await page.getByLabel("Full name").fill("Rudi H.");
  await page.getByRole("button", { name: "Save" }).click();
  await menu("Rudi H.", "Set available");
  await agentRow(page, "Rudi H.").getByText("Available").waitFor();
  await menu("Rudi H.", "Suspend…");
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await agentRow(page, "Rudi H.").getByText("Suspended").waitFor();
  expect((await org.api(`/api/agents/${rudi.id}`)).status).toBe("suspended");
  await menu("Rudi H.", "Let in again");
  await eventually(async () => expect((await org.api(`/api/agents/${rudi.id}`)).status).toBe("active"));
  await agentRow(page, "Rudi H.").getByText("Suspended").waitFor({ state: "detached" });
  await menu("Rudi H.", "Delete…");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await agentRow(page, "Rudi H.").waitFor({ state: "detached" });

  await menu(org.admin.name, "Edit…");
  await page.getByRole("button", { name: /Role/ }).click();
  await page.getByRole("option", { name: "Agent", exact: true }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The organization needs at least one active admin.").waitFor();
});

flow("a division gets members, hours of its own, and shows who waits", async (org) => {
  await org.agent("Maya Lestari");
  const page = await org.open(org.admin, "/team/divisions");
  await page.getByRole("button", { name: "New division" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Sales");
  await dialog.getByRole("button", { name: "New division" }).click();
  await page.getByRole("heading", { name: "Sales", level: 1 }).waitFor();
  const id = page.url().split("/").at(-1)!;

  await page.getByRole("button", { name: "Add members" }).click();
  await page.getByText("Maya Lestari").click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("row", { name: /Maya Lestari/ }).waitFor();
  await page.getByText("Nobody waits").waitFor();

  const { id: conversation } = await org.customer("Budi", "Halo");
  await org.api(`/api/conversations/${conversation}/transfer`, { body: { to_division_id: id } });
  await page.getByText("1 conversation waits").waitFor();
  await page.getByText("No member is free to take one.").waitFor();

  await page.getByRole("button", { name: "Own working hours" }).click();
  await page.getByRole("button", { name: "Add hours on Monday" }).click();
  await page.getByLabel("Monday, until").fill("21:00");
  await page.getByRole("button", { name: "Copy to weekdays" }).click();
  await page.getByRole("button", { name: "Save hours" }).click();
  await eventually(async () => {
    const hours = await org.api(`/api/divisions/${id}/working-hours`);
    expect(hours.map((one: any) => [one.day_of_week, one.start_time, one.end_time]).toSorted()).toEqual(
      [1, 2, 3, 4, 5].map((day) => [day, "09:00", "21:00"]),
    );
  });

  await page.getByRole("button", { name: "Take Maya Lestari out" }).click();
  await page.getByText("No members yet").waitFor();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No divisions yet").waitFor();
});

flow("a role is made by its rights; the matrix shows it, and its agents see only their part", async (org) => {
  const page = await org.open(org.admin, "/team/roles", { expects: /409/ });
  await page.getByRole("button", { name: "New role" }).click();
  await page.getByLabel("Name", { exact: true }).fill("night shift");
  await page
    .getByRole("group", { name: /^Contacts/ })
    .getByText("See contacts")
    .click();
  await page.getByRole("button", { name: "Save" }).click();
  await page
    .getByRole("row", { name: /See contacts/ })
    .getByRole("img", { name: "night shift has this right" })
    .waitFor();
  await page
    .getByRole("row", { name: /Send messages/ })
    .getByRole("img", { name: "night shift does not" })
    .waitFor();

  const nina = await org.agent("Nina", "night shift");
  const own = await org.open(nina, "/contacts");
  await own.getByRole("heading", { name: "Contacts", level: 1 }).waitFor();
  expect(
    await own
      .getByRole("navigation", { name: "Areas" })
      .getByRole("link")
      .evaluateAll((links) => links.map((link) => link.getAttribute("aria-label"))),
  ).toEqual(["Contacts", "Settings"]);

  await page.getByRole("link", { name: "Edit night shift" }).click();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("Agents have this role.").waitFor();
});

flow("a key shows once, works, and is refused after it is revoked", async (org) => {
  const page = await org.open(org.admin, "/team/api-keys");
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Web shop");
  await page.getByRole("button", { name: "Create" }).click();
  const key = (await page.getByRole("status", { name: "API key" }).textContent())!;
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "I have kept it" }).click();
  expect(await page.content()).not.toContain(key);
  await page.getByText(`${key.slice(0, 12)}…`).waitFor();
  const contacts = (): Promise<Response> =>
    fetch(`${new URL(page.url()).origin}/api/contacts`, { headers: { "x-api-key": key } });
  expect((await contacts()).status).toBe(200);
  await page.getByRole("button", { name: "Revoke…" }).click();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByText("Revoked").waitFor();
  expect((await contacts()).status).toBe(401);
});
