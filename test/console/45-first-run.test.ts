import { expect } from "vitest";
import { bubble, flow, replyField, row } from "./stage";

flow("an empty organization is led to its first number, its first message answered and a colleague", async (org) => {
  await org.api(`/api/integrations/accounts/${org.accountId}`, { method: "DELETE" });
  const page = await org.open(org.admin, "/inbox");
  const steps = page.getByRole("region", { name: "First steps" });
  const next = steps.locator("li[aria-current=step]");
  await next.getByText("Connect a number").waitFor();
  await next.getByRole("link", { name: "Connect a channel" }).click();
  await page
    .getByRole("dialog", { name: "Connect a channel" })
    .getByRole("button", { name: /A number of/ })
    .click();
  await page.getByRole("button", { name: "By hand" }).click();
  const number = String(Math.floor(1e14 + Math.random() * 9e14));
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("First shop");
  await page.getByRole("textbox", { name: "Phone number ID" }).fill(number);
  await page.getByRole("textbox", { name: "WhatsApp Business Account ID" }).fill(`9${number.slice(1)}`);
  await page.getByRole("textbox", { name: "Access token" }).fill("t");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("heading", { name: "First shop" }).waitFor();

  await page.getByRole("link", { name: "Inbox" }).first().click();
  await next.getByText("Write as a customer").waitFor();
  expect(await next.getByRole("link", { name: "Write in the simulator" }).getAttribute("href")).toMatch(/\/_sim$/);
  await org.customer("Budi", "Is it open today?", undefined, number);
  await next.getByText("Answer", { exact: true }).waitFor();
  await row(page, "Budi").click();
  await replyField(page).fill("Until nine");
  await page.keyboard.press("Control+Enter");
  await bubble(page, "Until nine").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await next.getByText("Invite a colleague").waitFor();
  expect(await next.getByRole("link", { name: "Invite" }).getAttribute("href")).toBe("/app/team/agents");
  await org.agent("Ana");
  await page.getByText("Everything works").waitFor();
  await page.getByRole("button", { name: "To the inbox" }).click();
  await page.getByText("No conversation is open").waitFor();
});
