import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row } from "./stage";

flow("on a phone: the list, the thread, the details, and back", async (org) => {
  const { id, phone } = await org.customer("Budi", "Halo");
  await org.customer("Sari", "Hello");
  const page = await org.open(org.admin, "/inbox/?status=open&status=pending", { width: 390, height: 844 });
  const rail = page.getByRole("navigation", { name: "Areas" });
  await row(page, "Budi").tap();
  await bubble(page, "Halo").waitFor();
  // The thread has the whole screen.
  await eventually(async () => expect(await row(page, "Sari").isVisible()).toBe(false));
  expect(await rail.isVisible()).toBe(false);

  // The keyboard of the phone leaves half of the screen: the field stays above it, with the end of the thread.
  await replyField(page).tap();
  await page.setViewportSize({ width: 390, height: 420 });
  await replyField(page).fill("Yes, two are left.");
  const box = (await replyField(page).boundingBox())!;
  expect(box.y + box.height).toBeLessThanOrEqual(420);
  await org.customer("Budi", "And the red one?", phone);
  await bubble(page, "And the red one?").waitFor();
  const last = (await bubble(page, "And the red one?").boundingBox())!;
  expect(last.y + last.height).toBeLessThanOrEqual(box.y + 1);
  await page.getByRole("button", { name: "Send", exact: true }).tap();
  await bubble(page, "Yes, two are left.").waitFor();
  await page.setViewportSize({ width: 390, height: 844 });

  await page.getByRole("button", { name: "More", exact: true }).tap();
  await page.getByRole("menuitem", { name: "Details" }).tap();
  const details = page.getByRole("complementary", { name: "Details" });
  await details.getByRole("heading", { name: "Budi" }).waitFor();
  expect(await replyField(page).isVisible()).toBe(false);
  // The phone's own way back, and the button's, lead one step each.
  await page.goBack();
  await eventually(async () => expect(await replyField(page).isVisible()).toBe(true));
  expect(page.url()).toContain(id);
  await page.getByRole("button", { name: "Back to the list" }).tap();
  await row(page, "Sari").waitFor();
  expect(await rail.isVisible()).toBe(true);
  await row(page, "Sari").tap();
  await bubble(page, "Hello").waitFor();
  await page.goBack();
  await row(page, "Budi").waitFor();
});
