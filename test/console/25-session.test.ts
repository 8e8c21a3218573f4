import { expect } from "vitest";
import { bubble, eventually, flow, login, replyField } from "./stage";

flow("the session ends in the midst of work: log in over the page and go on with the draft", async (org) => {
  const { id } = await org.customer("Budi", "hello");
  const ana = await org.agent("Ana");
  const page = await org.open(ana, `/inbox/${id}`, { expects: /401/ });
  await bubble(page, "hello").waitFor();
  await replyField(page).fill("half an answer");

  const sessions = await org.api("/api/auth/sessions", { as: ana });
  for (const session of sessions)
    if (!session.is_current) await org.api(`/api/auth/sessions/${session.id}`, { as: ana, method: "DELETE" });
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.waitFor();
  expect(await dialog.getByLabel("Email").inputValue()).toBe(ana.email);
  await dialog.getByLabel("Password").fill(login.password);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await eventually(async () => expect(await replyField(page).inputValue()).toBe("half an answer"));
  await replyField(page).press("Control+Enter");
  await eventually(async () => expect((await org.api(`/api/conversations/${id}/messages`)).messages).toHaveLength(2));
});

flow("an organization is registered, logged out of and back into", async (org) => {
  const page = await org.open(org.admin, "/", { expects: /401/ });
  await page.getByRole("button", { name: /profile and settings/ }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await page.getByLabel("Email").fill(org.admin.email);
  await page.getByLabel("Password").fill("not it");
  await page.keyboard.press("Enter");
  await page.getByText("The email address or the password is not right.").waitFor();
  await page.getByLabel("Password").fill(login.password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
});
