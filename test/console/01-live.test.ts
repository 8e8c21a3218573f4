import { expect } from "vitest";
import { bubble, eventually, flow, row, rowNames } from "./stage";

flow("a customer writes: the row rises and the thread grows without a reload", async (org) => {
  const budi = await org.customer("Budi", "Halo, is the blue one still there?");
  await org.customer("Sari", "Where is my order?");
  const page = await org.open(org.admin);
  await eventually(async () => expect(await rowNames(page)).toEqual(["Sari", "Budi"]));
  await row(page, "Budi").click();
  await bubble(page, "is the blue one still there?").waitFor();
  await page.mouse.move(1200, 400);

  await org.customer("Budi", "And the red one?", budi.phone);
  await bubble(page, "And the red one?").waitFor();
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi", "Sari"]));
  expect(await row(page, "Budi").textContent()).toContain("And the red one?");
});

flow("rows do not move under the pointer", async (org) => {
  const budi = await org.customer("Budi", "one");
  await org.customer("Sari", "two");
  const page = await org.open(org.admin);
  await row(page, "Sari").hover();
  await org.customer("Budi", "three", budi.phone);
  await page.getByRole("button", { name: "1 conversation moved up" }).waitFor();
  expect(await rowNames(page)).toEqual(["Sari", "Budi"]);
  await page.getByRole("button", { name: "1 conversation moved up" }).click();
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi", "Sari"]));
});
