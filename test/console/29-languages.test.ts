import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, row } from "./stage";

const directionOf = (text: Locator): Promise<string> =>
  text.evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).direction);
/** Nobody scrolls sideways. */
const isTooWide = (page: Page): Promise<boolean> => page.evaluate("document.documentElement.scrollWidth > innerWidth");
/** Tells how bright the page's paper is, from 0 (black) to 255. */
const brightness = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(document.querySelector("[role=log]").closest("main")).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data[0];
  })()`);

flow("right-to-left and mixed messages read as they were written", async (org) => {
  const arabic = "مرحبا، أين طلبي رقم 42؟";
  const mixed = "הזמנה 17 is late.";
  const { id, phone } = await org.customer("فاطمة", arabic);
  await org.customer("فاطمة", mixed, phone);
  await org.customer("فاطمة", "It is OK (really).", phone);
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "really").waitFor();
  for (const [text, direction] of [
    [arabic, "rtl"],
    [mixed, "rtl"],
    ["It is OK (really).", "ltr"],
  ] as const)
    expect([text, await directionOf(bubble(page, text).getByText(text))]).toEqual([text, direction]);
  // The console itself stays as it is, and a name stands for itself within its sentence.
  expect(await directionOf(page.locator("body"))).toBe("ltr");
  expect(await page.locator("h2 bdi", { hasText: "فاطمة" }).count()).toBe(1);
  const field = page.getByRole("textbox", { name: "Reply", exact: true });
  await field.fill("شكرا لك");
  expect(await directionOf(field)).toBe("rtl");
});

flow("English and Indonesian change places in the midst of work", async (org) => {
  const { id } = await org.customer("Budi", "Halo");
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "Halo").waitFor();
  await page.getByRole("textbox", { name: "Reply", exact: true }).fill("Sebentar");
  await page.getByRole("button", { name: /profile and settings/ }).click();
  await page.getByRole("button", { name: /English/ }).click();
  await page.getByRole("option", { name: "Bahasa Indonesia" }).click();
  await page.keyboard.press("Escape");
  const field = page.getByRole("textbox", { name: "Balasan", exact: true });
  await eventually(async () => expect(await field.inputValue()).toBe("Sebentar"));
  expect(await page.locator("html").getAttribute("lang")).toBe("id");
  await page.getByRole("button", { name: /^Selesai/ }).waitFor();
  await page.reload();
  await field.waitFor();
  await page.getByRole("button", { name: /profil dan pengaturan/ }).click();
  await page.getByRole("button", { name: /Bahasa Indonesia/ }).click();
  await page.getByRole("option", { name: "English" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Reply", exact: true }).waitFor();
});

flow("dark, twice as large, and as narrow as a small phone: everything can be reached", async (org) => {
  const { id } = await org.customer("Budi", `Halo ${"supercalifragilistic".repeat(8)}`);
  const page = await org.open(org.admin, `/inbox/${id}`, { colorScheme: "dark" });
  await bubble(page, "Halo").waitFor();
  expect(await brightness(page)).toBeLessThan(64);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await brightness(page)).toBeGreaterThan(200);

  // 200 %: half the room. Then WCAG's 320 px.
  for (const [width, height] of [
    [720, 450],
    [320, 568],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const name of [/^Reply$/, /^Note$/, /^Resolve/, /^Back to the list$/, /^Attach files$/, /^Send/]) {
      const button = page.getByRole("button", { name }).first();
      await button.scrollIntoViewIfNeeded();
      const box = (await button.boundingBox())!;
      expect([width, name, box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height]).toEqual([
        width,
        name,
        true,
      ]);
    }
    expect([width, await isTooWide(page)]).toEqual([width, false]);
    await page.getByRole("button", { name: "Back to the list" }).click();
    await row(page, "Budi").waitFor();
    expect([width, await isTooWide(page)]).toEqual([width, false]);
    await row(page, "Budi").click();
    await bubble(page, "Halo").waitFor();
  }
});
