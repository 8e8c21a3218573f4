import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";
import { callOk } from "../../scripts/api-client.ts";
import { bubble, eventually, flow, row } from "./stage";

/** The names in the list of contacts, from top to bottom. */
const names = (page: Page): Promise<string[]> =>
  page.locator("table[aria-label=Contacts] tbody tr td:first-child bdi").allTextContents();
const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 });

flow("the list is searched and filtered, and the address keeps it", async (org) => {
  await org.customer("Budi Santoso", "Halo");
  await org.api("/api/contacts", {
    body: { channel: "whatsapp", phone_number: "+6281255500011", name: "Ayu Pratiwi", tags: ["vip"] },
  });
  await org.api("/api/contacts", {
    body: { channel: "email", email: "chen@example.com", name: "Chen Wei", tags: ["vip", "wholesale"] },
  });
  const page = await org.open(org.admin, "/contacts");
  await eventually(async () =>
    expect((await names(page)).toSorted()).toEqual(["Ayu Pratiwi", "Budi Santoso", "Chen Wei"]),
  );

  await page.keyboard.press("/");
  await page.keyboard.type("prati");
  await eventually(async () => expect(await names(page)).toEqual(["Ayu Pratiwi"]));
  expect(new URL(page.url()).searchParams.get("q")).toBe("prati");
  await page.getByRole("button", { name: "Clear filters" }).click();

  await page.getByRole("button", { name: "Tag: wholesale" }).click();
  await eventually(async () => expect(await names(page)).toEqual(["Chen Wei"]));
  await page.reload();
  await eventually(async () => expect(await names(page)).toEqual(["Chen Wei"]));
  await page.getByRole("button", { name: "Do not filter by wholesale" }).click();
  await page.getByRole("button", { name: /Channel/ }).click();
  await page.getByRole("option", { name: "WhatsApp" }).click();
  await eventually(async () => expect((await names(page)).toSorted()).toEqual(["Ayu Pratiwi", "Budi Santoso"]));
});

flow("a changed name and tag show at once, and in the open inbox of a colleague", async (org) => {
  const { id } = await org.customer("Budi", "Is it there?");
  const colleague = await org.open(org.admin, `/inbox/${id}`);
  await bubble(colleague, "Is it there?").waitFor();
  const page = await org.open(org.admin, "/contacts");
  await page.getByRole("button", { name: "Budi" }).click();
  await heading(page, "Budi").waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Budi Santoso");
  await page.getByLabel("Email address").fill("no address");
  await page.getByLabel("Tags").fill("vip");
  await page.keyboard.press("Enter");
  await page.getByLabel("Tags").fill("repeat");
  await page.getByLabel("Email address").fill("budi@example.com");
  await page.getByRole("button", { name: "Save" }).click();
  await heading(page, "Budi Santoso").waitFor();
  await page.getByRole("link", { name: "vip" }).waitFor();
  await page.getByRole("link", { name: "repeat" }).waitFor();
  await row(colleague, "Budi Santoso").waitFor();

  await page.getByRole("button", { name: /Is it there/ }).click();
  await bubble(page, "Is it there?").waitFor();
});

flow("who takes no marketing says so, and takes it again only if the customer asked", async (org) => {
  const { id } = await org.api("/api/contacts", {
    body: { channel: "whatsapp", phone_number: "+6281255500012", name: "Ayu" },
  });
  const page = await org.open(org.admin, `/contacts/${id}`);
  const consent = page.getByRole("switch", { name: "Takes marketing messages" });
  await consent.click({ force: true });
  await page.getByText(/Not since .*decided here/).waitFor();
  expect((await org.api(`/api/contacts/${id}`)).marketing_source).toBe("agent");
  await consent.click({ force: true });
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  expect((await org.api(`/api/contacts/${id}`)).marketing_opted_out_at).not.toBeNull();
  await consent.click({ force: true });
  await page.getByRole("button", { name: "The customer asked for it" }).click();
  await page.getByText("Campaigns reach this contact.").waitFor();
  expect((await org.api(`/api/contacts/${id}`)).marketing_opted_out_at).toBeNull();
});

flow("a contact is created; a wrong number is refused at its field", async (org) => {
  const page = await org.open(org.admin, "/contacts", { expects: /422|400/ });
  await page.getByRole("button", { name: "New contact" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Phone number").fill("12");
  await dialog.getByLabel("Name", { exact: true }).fill("Grace O'Neill");
  await dialog.getByRole("button", { name: "New contact" }).click();
  await dialog.getByText(/must be a number with its country code/).waitFor();
  await dialog.getByLabel("Phone number").fill("+62 812 5550 0013");
  await dialog.getByRole("button", { name: "New contact" }).click();
  await heading(page, "Grace O'Neill").waitFor();
  await page.getByText("+62 812 5550 0013").waitFor();
});

flow("two contacts become one", async (org) => {
  const { id } = await org.api("/api/contacts", {
    body: { channel: "whatsapp", phone_number: "+6281255500014", name: "Ayu Pratiwi", tags: ["vip"] },
  });
  const other = await org.api("/api/contacts", {
    body: { channel: "email", email: "ayu@example.com", name: "A. Pratiwi", tags: ["repeat"] },
  });
  const page = await org.open(org.admin, `/contacts/${id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /Merge/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox").fill("ayu@example");
  await dialog.getByRole("button", { name: /A. Pratiwi/ }).click();
  await dialog.getByRole("button", { name: "Merge", exact: true }).click();
  await page.getByRole("link", { name: "repeat" }).waitFor();
  await page.goto(page.url().replace(id, other.id));
  await page.getByText("This contact is part of another one").waitFor();
  await page.getByRole("link", { name: "Open the contact that is kept" }).click();
  await heading(page, "Ayu Pratiwi").waitFor();
});

flow("a contact is exported, then erased: nothing is left to be found", async (org) => {
  const { phone } = await org.customer("Budi", "My secret is 4711");
  const { data } = await org.api(`/api/contacts?q=${phone}`);
  const page = await org.open(org.admin, `/contacts/${data[0].id}`, { expects: /404/ });
  await page.getByRole("button", { name: "More actions" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Export as JSON" }).click(),
  ]);
  const exported = await text(await download.createReadStream());
  expect(JSON.parse(exported).contact.name).toBe("Budi");
  expect(exported).toContain("My secret is 4711");

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Erase…" }).click();
  const erase = page.getByRole("button", { name: "Erase for good" });
  expect(await erase.isDisabled()).toBe(true);
  await page.getByText("I understand that nothing can be brought back").click();
  await erase.click();
  await page.getByText("The contact is being erased").waitFor();
  await page.getByText("1 conversation and 0 files are gone so far").waitFor();
  await page.getByRole("button", { name: "To the contacts" }).click();
  await page.getByText("No contacts yet").waitFor();
  expect((await org.api(`/api/contacts?q=${phone}`)).data).toEqual([]);
});

flow("somebody who has not written is written to: the inbox opens with the conversation", async (org) => {
  const { meta_template_id: id } = await org.api("/api/wa-templates", {
    body: {
      integration_account_id: org.accountId,
      name: "order_ready",
      language: "en_US",
      category: "UTILITY",
      components: [
        { type: "BODY", text: "Hello {{1}}, your order {{2}} is ready.", example: { body_text: [["Ayu", "8841"]] } },
      ],
    },
  });
  await callOk(`${inject("stage")!.graph}/_sim/templates`, { body: { id, do: "approve" } });
  await eventually(async () => expect((await org.api("/api/wa-templates?status=APPROVED")).data).toHaveLength(1));
  const page = await org.open(org.admin, "/contacts");
  await page.getByRole("button", { name: "Write to somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Phone number with country code").fill("+62 812 5550 0015");
  await dialog.getByLabel("Name", { exact: true }).fill("Ayu");
  await dialog.getByRole("button", { name: /^Template/ }).click();
  await page.getByRole("option", { name: /order_ready/ }).click();
  expect(await dialog.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Text {{2}}").fill("8842");
  await dialog.getByText("Hello Ayu, your order 8842 is ready.").waitFor();
  await dialog.getByRole("button", { name: "Send" }).click();
  await page.waitForURL(/\/app\/inbox\/[0-9a-f-]{36}/);
  await bubble(page, "your order 8842 is ready").waitFor();
});

flow("without the right to change contacts nothing offers it", async (org) => {
  await org.api("/api/roles", { body: { name: "viewer", permissions: ["conversations.view", "contacts.view"] } });
  const viewer = await org.agent("Vera", "viewer");
  const { id } = await org.api("/api/contacts", {
    body: { channel: "whatsapp", phone_number: "+6281255500016", name: "Ayu" },
  });
  const page = await org.open(viewer, `/contacts/${id}`);
  await heading(page, "Ayu").waitFor();
  expect(await page.getByRole("main").getByRole("button").allTextContents()).toEqual([]);
  expect(await page.getByRole("switch").isDisabled()).toBe(true);
});
