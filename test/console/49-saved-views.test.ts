import { expect } from "vitest";
import { eventually, flow, rowNames } from "./stage";

flow("a saved view is there on every device; a refusal is said", async (org) => {
  const [budi] = await Promise.all([org.customer("Budi", "one"), org.customer("Sari", "two")]);
  await org.api(`/api/conversations/${budi.id}/tags`, { method: "PATCH", body: { tags: ["vip"] } });
  const page = await org.open(org.admin, "/inbox/?status=open&tag=vip", { expects: /422|404/ });
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi"]));
  await page.getByText("Filter a list, then save it here.").waitFor();
  await page.getByRole("button", { name: "Save this view" }).click();
  await page.getByRole("link", { name: "vip", exact: true }).waitFor();

  const other = await org.open(org.admin, "/inbox/?status=open");
  await eventually(async () => expect((await rowNames(other)).toSorted()).toEqual(["Budi", "Sari"]));
  await other.getByRole("link", { name: "vip", exact: true }).click();
  await eventually(async () => expect(await rowNames(other)).toEqual(["Budi"]));
  expect(await other.getByRole("link", { name: "vip", exact: true }).getAttribute("aria-current")).toBe("page");

  // Removed there, it is gone here too.
  await other.getByRole("button", { name: "Remove vip" }).first().click();
  await other.getByText("Filter a list, then save it here.").waitFor();
  await page.getByRole("button", { name: "Remove vip" }).first().click();
  await page.getByText("This saved view does not exist any more.").waitFor();
  await page.getByText("Filter a list, then save it here.").waitFor();
});
