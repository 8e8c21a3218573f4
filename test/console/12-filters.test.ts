import { expect } from "vitest";
import { eventually, flow, row, rowNames } from "./stage";

flow("every filter is in the address: reload, Back and a shared link show the same", async (org) => {
  const [budi, sari] = await Promise.all([org.customer("Budi", "one"), org.customer("Sari", "two")]);
  await org.api(`/api/conversations/${budi.id}/tags`, { method: "PATCH", body: { tags: ["vip"] } });
  await org.api(`/api/conversations/${sari.id}/read`, { method: "POST" });
  const page = await org.open(org.admin, "/inbox/?status=open&status=pending");
  await eventually(async () => expect((await rowNames(page)).toSorted()).toEqual(["Budi", "Sari"]));

  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByRole("textbox", { name: "Tag" }).fill("VIP");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi"]));
  expect(page.url()).toContain("tag=VIP");
  await page.reload();
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi"]));
  await row(page, "Budi").click();
  expect(page.url()).toContain("tag=VIP");
  await page.goBack();
  await page.goBack();
  await eventually(async () => expect((await rowNames(page)).toSorted()).toEqual(["Budi", "Sari"]));

  // A colleague, who has the right to see it, opens the same address.
  const ana = await org.agent("Ana");
  const other = await org.open(ana, "/inbox/?status=open&unread=true&tag=vip");
  await eventually(async () => expect(await rowNames(other)).toEqual(["Budi"]));
  await other.getByRole("button", { name: "Remove vip" }).waitFor();

  // The view follows what happens: read, it leaves.
  await org.api(`/api/conversations/${budi.id}/read`, { method: "POST" });
  await other.getByText("Nothing here").waitFor();
});
