import type { Page } from "playwright-core";
import { expect } from "vitest";
import { approveTemplate, bubble, eventually, flow, replyField, row } from "./stage";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const colourOf = (page: Page, text: RegExp): Promise<string> =>
  page.getByText(text).evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).color);

flow("the window counts down, turns amber and closes: then a template goes, and the draft stays", async (org) => {
  const ago = (ms: number): number => Date.now() - ms;
  const [budi] = await Promise.all([
    org.customer("Budi", "nearly a day ago", undefined, undefined, ago(DAY - 40 * MINUTE)),
    org.customer("Dewi", "long ago", undefined, undefined, ago(DAY + 60 * MINUTE)),
    org.customer("Sari", "just now"),
  ]);
  await approveTemplate(org, "delivery", [
    { type: "HEADER", format: "TEXT", text: "Order {{1}}", example: { header_text: ["A-17"] } },
    { type: "BODY", text: "Hello {{1}}, it comes on {{2}}.", example: { body_text: [["Ani", "Monday"]] } },
    { type: "FOOTER", text: "Toko Biru" },
    {
      type: "BUTTONS",
      buttons: [{ type: "URL", text: "Track", url: "https://example.com/track/{{1}}", example: ["A-17"] }],
    },
  ]);
  const page = await org.open(org.admin, "/", { prepare: (opened) => opened.clock.install() });

  await row(page, "Dewi").click();
  await page.getByText("More than 24 hours have passed since the customer wrote.").waitFor();
  expect(await replyField(page).count()).toBe(0);
  await row(page, "Sari").click();
  await page.getByText(/Free text for 2[34] h/).waitFor();
  const calm = await colourOf(page, /Free text for/);

  await row(page, "Budi").click();
  await page.getByText(/Free text for (39|40) min/).waitFor();
  expect(await colourOf(page, /Free text for/)).not.toBe(calm);
  expect(await row(page, "Budi").textContent()).toMatch(/Window (39|40) min/);
  await replyField(page).fill("Half an answer");
  await page.clock.fastForward(30 * MINUTE);
  await page.getByText(/Free text for (9|10) min/).waitFor();
  await page.clock.fastForward(11 * MINUTE);
  await page.getByText("Your draft stays here.").waitFor();
  expect(await replyField(page).count()).toBe(0);

  await page.getByRole("button", { name: "Choose a template" }).click();
  const dialog = page.getByRole("dialog", { name: "Send a template" });
  await dialog.getByRole("button", { name: /delivery/ }).click();
  const send = dialog.getByRole("button", { name: "Send", exact: true });
  expect(await send.isDisabled()).toBe(true);
  expect(await dialog.getByLabel("Text: {{1}}").inputValue()).toBe("Budi");
  await dialog.getByLabel("Header: {{1}}").fill("B-42");
  await dialog.getByLabel("Text: {{2}}").fill("Friday");
  await dialog.getByLabel("Button Track").fill("B-42");
  const preview = dialog.getByRole("region", { name: "What the customer reads" });
  for (const text of ["Order B-42", "Hello Budi, it comes on Friday.", "Toko Biru", "Track"])
    await preview.getByText(text).waitFor();
  await send.click();
  await bubble(page, "Hello Budi, it comes on Friday.").waitFor();
  await eventually(async () => {
    const [message] = await org.received(budi.phone);
    expect(message).toMatchObject({ type: "template", template: { name: "delivery", language: { code: "en_US" } } });
    expect(message!.template.components).toEqual([
      { type: "header", parameters: [{ type: "text", text: "B-42" }] },
      {
        type: "body",
        parameters: [
          { type: "text", text: "Budi" },
          { type: "text", text: "Friday" },
        ],
      },
      { type: "button", sub_type: "url", index: "0", parameters: [{ type: "text", text: "B-42" }] },
    ]);
  });

  // The customer's answer opens the window again.
  await org.customer("Budi", "Thank you", budi.phone);
  await page.getByText(/Free text for 2[34] h/).waitFor();
  expect(await replyField(page).inputValue()).toBe("Half an answer");
});
