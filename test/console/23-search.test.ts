import { expect } from "vitest";
import { bubble, eventually, flow } from "./stage";

flow("a hit deep in a thread opens there, marked", async (org) => {
  const { id, phone } = await org.customer("Budi", "The parcel 4711 came broken");
  for (let n = 0; n < 130; n++) await org.customer("Budi", `later ${n}`, phone);
  const page = await org.open(org.admin, "/search");
  await page.getByText("Find what somebody wrote").waitFor();
  await page.getByRole("searchbox", { name: "Words of a message" }).fill("parcel broken");
  const hit = page.getByRole("list", { name: "Hits" }).getByRole("link");
  await eventually(async () => expect(await hit.count()).toBe(1));
  expect(await hit.locator("mark").allInnerTexts()).toEqual(["parcel", "broken"]);
  expect(page.url()).toContain("q=parcel");
  await hit.click();
  await bubble(page, "The parcel 4711 came broken").waitFor();
  expect(page.url()).toContain(`/inbox/${id}`);
  await eventually(async () => {
    const box = await page.locator("[data-sought]").boundingBox();
    const { height } = page.viewportSize()!;
    expect(box!.y).toBeGreaterThan(0);
    expect(box!.y).toBeLessThan(height);
  });
  expect(await page.locator("[data-sought]").innerText()).toContain("The parcel 4711 came broken");

  await page.goBack();
  await page.getByRole("searchbox", { name: "Words of a message" }).fill("nobody wrote this");
  await page.getByText("No message has these words").waitFor();
});
