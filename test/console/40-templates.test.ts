import { expect } from "vitest";
import { eventually, flow } from "./stage";

flow("a template is written beside its preview, submitted, found and deleted", async (org) => {
  const page = await org.open(org.admin, "/templates");
  await page.getByText("Create the first, or sync with Meta").waitFor();
  await page.getByRole("button", { name: "New template" }).click();
  const preview = page.getByRole("region", { name: "What customers see" }).last();
  await page.getByRole("textbox", { name: "Name" }).fill("Order Ready");
  const body = page.getByRole("textbox", { name: "Message" });
  await body.fill("Hello ");
  await page.getByRole("button", { name: "Add a variable" }).click();
  expect(await body.inputValue()).toBe("Hello {{1}}");
  await body.fill("Hello {{1}}, your *order* is ready.");
  await page.getByRole("textbox", { name: "{{1}}", exact: true }).fill("Ani");
  await preview.getByText("Hello Ani, your order is ready.").waitFor();
  await page.getByRole("button", { name: "Add a button" }).click();
  await page.getByRole("textbox", { name: "Words" }).fill("I will come");
  await preview.getByText("I will come").waitFor();
  await page.getByRole("button", { name: "Submit for review" }).click();
  await page.getByText("Submitted. Its status changes here").waitFor();
  const { data } = await org.api("/api/wa-templates");
  expect(data).toMatchObject([{ name: "order_ready", language: "en_US", category: "UTILITY" }]);
  expect(data[0].components).toMatchObject([
    { type: "BODY", text: "Hello {{1}}, your *order* is ready.", example: { body_text: [["Ani"]] } },
    { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "I will come" }] },
  ]);

  await page.getByRole("searchbox", { name: "Part of the name" }).fill("nothing like it");
  await page.getByText("No such template").waitFor();
  await page.getByRole("searchbox", { name: "Part of the name" }).fill("ready");
  await page.getByRole("button", { name: /order_ready/ }).click();
  await page.getByRole("dialog").getByText("I will come").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await eventually(async () => expect((await org.api("/api/wa-templates")).data).toEqual([]));
});
