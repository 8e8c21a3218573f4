import { expect } from "vitest";
import { eventually, flow, login } from "./stage";

flow("name, hours, a holiday and the time zone of the organization", async (org) => {
  const page = await org.open(org.admin, "/settings/organization");
  const zone = page.getByRole("combobox", { name: "Time zone" });
  const saveZone = page.locator("section", { has: zone }).getByRole("button", { name: "Save" }).last();
  await zone.fill("Mars/Olympus");
  expect(await saveZone.isDisabled()).toBe(true);
  await zone.fill("Asia/Jakarta");
  await saveZone.click();
  await page.getByText("Saved").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Toko Baru");
  await page.getByRole("button", { name: "Save" }).first().click();
  await eventually(async () => expect((await org.api("/api/settings/organization")).name).toBe("Toko Baru"));

  await page.getByRole("link", { name: "Working hours" }).click();
  await page.getByText(/In the time of Asia\/Jakarta/).waitFor();
  await page.getByRole("button", { name: "Add hours on Friday" }).click();
  await page.getByLabel("Friday, from").fill("22:00");
  await page.getByLabel("Friday, until").fill("06:00");
  await page.getByText("on the next day").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await eventually(async () => {
    const hours = await org.api("/api/working-hours");
    expect(hours.map((one: any) => [one.day_of_week, one.start_time, one.end_time])).toEqual([[5, "22:00", "06:00"]]);
  });

  await page.getByRole("button", { name: "Add a day" }).click();
  await page.getByLabel("Date").fill("2031-12-25");
  await page.getByLabel("Name", { exact: true }).fill("Christmas");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /25 Dec 2031 Christmas Closed/ }).waitFor();
  await page.getByRole("button", { name: "Delete: Christmas" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No holidays yet").waitFor();
});

flow("a service level is made, changed and deleted", async (org) => {
  const page = await org.open(org.admin, "/settings/service-levels");
  await page.getByRole("button", { name: "New service level" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Gold");
  await page.getByRole("textbox", { name: "First answer within" }).fill("5");
  await page.getByText("Applies where no other fits").click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Gold.*Default.*5 min.*8 h/ }).waitFor();
  await page.getByRole("button", { name: "Gold Default" }).click();
  await page.getByText("In use").click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Switched off").waitFor();
  await page.getByRole("button", { name: "Gold", exact: true }).click();
  await page.getByRole("menuitem", { name: "Breaches…" }).click();
  await page.getByText("No breach yet").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Gold", exact: true }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No service levels yet").waitFor();
});

flow("the window of a channel, and who gets what is reopened", async (org) => {
  const page = await org.open(org.admin, "/settings/windows");
  const whatsapp = page.locator("section", { has: page.getByRole("heading", { name: "WhatsApp" }) });
  await whatsapp.getByText("Resolve by itself what has expired").click();
  await whatsapp.getByText("Also where the customer waits").waitFor({ state: "detached" });
  await whatsapp.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved").waitFor();
  const rules = await org.api("/api/chat-expiration");
  expect(rules.find(({ channel }: { channel: string }) => channel === "whatsapp").auto_resolve).toBe(false);
  await page.getByRole("button", { name: /When a customer writes again/ }).click();
  await page.getByRole("option", { name: "It waits like any other" }).click();
  await eventually(async () => expect((await org.api("/api/settings/routing")).reopen_to).toBe("queue"));
});

flow("an agent has a profile, preferences that follow, and no settings of others", async (org) => {
  const sari = await org.agent("Sari");
  await org.api("/api/roles", { body: { name: "narrow", permissions: ["conversations.view"] } });
  const page = await org.open(sari, "/settings");
  await page.getByLabel("Full name").fill("Sari Dewi");
  await page.getByLabel("Signature").fill("Salam, Sari");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Sari Dewi: profile and settings" }).waitFor();
  await page.getByRole("link", { name: "Preferences" }).click();
  await page.getByRole("button", { name: /Language/ }).click();
  await page.getByRole("option", { name: "Bahasa Indonesia" }).click();
  await page.getByRole("heading", { name: "Preferensi" }).waitFor();
  await page.getByRole("button", { name: /Warna/ }).click();
  await page.getByRole("option", { name: "Gelap" }).click();
  await eventually(async () =>
    expect(await org.api("/api/preferences", { as: sari })).toMatchObject({ theme: "dark", language: "id" }),
  );

  const elsewhere = await org.open(sari, "/settings");
  await elsewhere.getByRole("heading", { name: "Profil" }).waitFor();
  await eventually(async () =>
    expect(await elsewhere.evaluate("document.documentElement.style.colorScheme")).toBe("dark"),
  );

  const narrow = await org.agent("Nina", "narrow");
  const own = await org.open(narrow, "/settings");
  await own.getByRole("heading", { name: "Profile", level: 1 }).waitFor();
  expect(await own.getByRole("navigation", { name: "Settings" }).getByRole("link").allTextContents()).toEqual([
    "Profile",
    "Preferences",
    "Notifications",
    "Password and sessions",
  ]);
});

flow("another session is ended; a new password ends this one, and the login comes over the page", async (org) => {
  const sari = await org.agent("Sari");
  const page = await org.open(sari, "/settings/security", { expects: /401|403|422/ });
  await page.getByRole("button", { name: "End" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "End" }).click();
  await eventually(async () => expect(await page.locator("tbody tr").count()).toBe(1));
  await page.getByLabel("Current password").fill("not this one");
  await page.getByLabel("New password").fill("another-password");
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("The current password is missing or not right.").waitFor();
  await page.getByLabel("Current password").fill(login.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  const again = page.getByRole("dialog", { name: "Your session has ended" });
  await again.getByLabel("Password").fill("another-password");
  await again.getByRole("button", { name: "Log in" }).click();
  await again.waitFor({ state: "detached" });
});

flow("customers are asked by themselves, in the organization's words", async (org) => {
  const page = await org.open(org.admin, "/settings/satisfaction");
  await page.getByText("Ask the customer when an agent has resolved the conversation").click();
  await page.getByRole("textbox", { name: "Question" }).fill("Did we help you?");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved").waitFor();
  expect(await org.api("/api/settings/csat")).toMatchObject({ ask_after_resolve: true, question: "Did we help you?" });
});
