import { expect } from "vitest";
import { eventually, flow } from "./stage";

flow("a number is connected by hand: what Meta refuses stands at its field, then its health shows", async (org) => {
  const page = await org.open(org.admin, "/channels", { expects: /422/ });
  await page.getByRole("button", { name: "Connect a channel" }).click();
  await page
    .getByRole("button", { name: /WhatsApp/ })
    .last()
    .click();
  await page.getByText("the simulator plays Meta").waitFor();
  await page.getByRole("button", { name: "By hand" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Second shop");
  await page.getByRole("textbox", { name: "Phone number ID" }).fill("not a number");
  await page.getByRole("textbox", { name: "WhatsApp Business Account ID" }).fill("102290129340399");
  await page.getByRole("textbox", { name: "Access token" }).fill("t");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("alert").getByText("cannot be connected with these values").waitFor();
  const number = page.getByRole("textbox", { name: "Phone number ID" });
  expect(await number.getAttribute("aria-invalid")).toBe("true");
  await number.fill(String(Math.floor(1e14 + Math.random() * 9e14)));
  await page.getByRole("button", { name: "Connect", exact: true }).click();

  // Its own screen: what Meta says, what to enter there, and what can be changed.
  await page.getByRole("heading", { name: "Second shop" }).waitFor();
  await page.getByText("Works").waitFor();
  await page.getByText("/webhook").waitFor();
  await page.getByRole("button", { name: "Make it the default" }).click();
  await page.getByText("default", { exact: true }).waitFor();
  const accounts = await org.api("/api/integrations/accounts");
  expect(accounts.find((one: any) => one.is_default).display_name).toBe("Second shop");

  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("alertdialog").or(page.getByRole("dialog")).getByRole("button", { name: "Disconnect" }).click();
  await page.getByText("Second shop is disconnected").waitFor();
  expect(await org.api("/api/integrations/accounts")).toHaveLength(1);
});

flow("Meta's own dialog connects a number, and the console notices", async (org) => {
  const page = await org.open(org.admin, "/channels");
  await page.getByRole("button", { name: "Connect a channel" }).click();
  await page
    .getByRole("button", { name: /WhatsApp/ })
    .last()
    .click();
  const [login] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("button", { name: "Log in with Meta" }).click(),
  ]);
  await page.getByText("Go on in the window that has opened").waitFor();
  await login.getByRole("button", { name: "Continue" }).click();
  await login.getByRole("button", { name: "Allow" }).click();
  await login.getByText(/is connected|opens several numbers/).waitFor();
  // The flows share the simulator, and the business has the numbers of all.
  if ((await login.getByRole("radio").count()) > 0) await login.getByRole("button", { name: "Continue" }).click();
  await login.getByText("is connected").waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await eventually(async () => expect(await page.getByRole("table").getByText("Connected").count()).toBe(2));
});

flow("who may only look sees the accounts, and no way to change them", async (org) => {
  const role = await org.api("/api/roles", {
    body: { name: "looks", permissions: ["conversations.view", "integrations.view"] },
  });
  const sari = await org.agent("Sari", role.name);
  const page = await org.open(sari, "/channels");
  await page
    .getByRole("table")
    .getByRole("button", { name: /Toko Biru/ })
    .click();
  await page.getByRole("heading", { name: "Health at Meta" }).waitFor();
  for (const name of ["Disconnect", "Reconnect", "Save"])
    expect(await page.getByRole("button", { name }).count()).toBe(0);
});
