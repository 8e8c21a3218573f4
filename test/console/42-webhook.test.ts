import { expect } from "vitest";
import { flow } from "./stage";

flow("an outgoing webhook: its secret shows once, a test is listed with request and answer", async (org) => {
  const page = await org.open(org.admin, "/webhooks", { expects: /422/ });
  await page.getByRole("button", { name: "New webhook" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Warehouse");
  await page.getByRole("textbox", { name: "Address" }).fill("http://10.0.0.1/in");
  await page.getByText("message.received", { exact: true }).first().click();
  await page.getByRole("region", { name: "An example" }).getByText('"type": "message.received"').waitFor();
  await page.getByRole("button", { name: "Make the webhook" }).click();
  await page.getByText("Events cannot be sent to this address.").waitFor();

  await page.getByRole("textbox", { name: "Address" }).fill("https://example.com/in");
  await page.getByRole("button", { name: "Make the webhook" }).click();
  const shown = page.getByRole("dialog", { name: "Keep the secret now" });
  const secret = await shown.getByRole("status").innerText();
  expect(secret).toMatch(/^whsec_/);
  await shown.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("heading", { name: /Warehouse/ }).waitFor();
  expect(await page.content()).not.toContain(secret);

  // Whatever the endpoint answers, or if it is not there: the test is listed.
  await page.getByRole("button", { name: "Send a test" }).click();
  await page
    .getByRole("table", { name: "Deliveries" })
    .getByRole("button", { name: /message\.received test/ })
    .click();
  const delivery = page.getByRole("dialog", { name: "Delivery" });
  await delivery.getByRole("region", { name: "Request" }).getByText("POST https://example.com/in").waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Switch off" }).click();
  await page.getByRole("button", { name: "Switch on" }).waitFor();
  const [webhook] = await org.api("/api/webhooks");
  expect(webhook).toMatchObject({ name: "Warehouse", is_active: false, events: ["message.received"] });
});
