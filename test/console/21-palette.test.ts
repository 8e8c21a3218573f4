import type { Page } from "playwright-core";
import { expect } from "vitest";
import { bubble, eventually, flow, row } from "./stage";

async function act(page: Page, asked: string, placeholder: string): Promise<void> {
  await page.keyboard.press("Control+k");
  const field = page.getByPlaceholder(placeholder);
  await field.waitFor();
  await field.fill(asked);
  await eventually(async () => expect(await page.getByRole("menuitem").first().textContent()).toContain(asked));
  await page.keyboard.press("Enter");
  await field.waitFor({ state: "detached" });
}

flow("the palette does by name what buttons do, in English and in Indonesian", async (org) => {
  await org.api("/api/divisions", { body: { name: "Sales" } });
  const budi = await org.customer("Budi", "Halo");
  const page = await org.open(org.admin, `/inbox/${budi.id}`);
  await bubble(page, "Halo").waitFor();
  const english = (asked: string) => act(page, asked, "What do you want to do?");
  await english("Assign to me");
  await page.getByRole("button", { name: "Assigned to You. Assign" }).waitFor();
  await english("Tags");
  await page.getByRole("dialog", { name: "Tags" }).waitFor();
  await page.keyboard.press("Escape");
  await english("Ask for a rating");
  await page.getByText("The customer is asked for a rating").waitFor();
  await english("View: Sales");
  await page.getByRole("region", { name: "Sales" }).waitFor();
  await english("View: Mine");
  await row(page, "Budi").waitFor();
  await english("Set me away");
  await eventually(async () => expect((await org.api("/api/auth/me")).is_online).toBe(false));
  await english("Appearance: Dark");
  expect(await page.evaluate("document.documentElement.style.colorScheme")).toBe("dark");
  await english("Go to Team");
  await page.getByRole("navigation", { name: "Team" }).waitFor();

  await english("Language: Bahasa Indonesia");
  const indonesian = (asked: string) => act(page, asked, "Apa yang ingin Anda lakukan?");
  await page.getByRole("navigation", { name: "Tim" }).waitFor();
  await indonesian("Ke Kotak masuk");
  const budis = page.getByRole("list", { name: "Percakapan" }).getByRole("link", { name: /Budi/ });
  await budis.click();
  await bubble(page, "Halo").waitFor();
  await indonesian("Selesaikan");
  await eventually(async () => expect((await org.api(`/api/conversations/${budi.id}`)).status).toBe("resolved"));
  await indonesian("Lihat: Selesai");
  await budis.waitFor();
  await indonesian("Saya tersedia");
  await eventually(async () => expect((await org.api("/api/auth/me")).is_online).toBe(true));

  // The palette says that nothing fits.
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Apa yang ingin Anda lakukan?").fill("xyzzy");
  await page.getByText("Tidak ada yang seperti itu.").waitFor();
});
