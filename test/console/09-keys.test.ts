import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row, rowNames } from "./stage";

flow("the inbox by keys alone", async (org) => {
  for (const name of ["Dewi", "Sari", "Budi"]) await org.customer(name, `hello from ${name}`);
  const page = await org.open(org.admin);
  await eventually(async () => expect(await rowNames(page)).toEqual(["Budi", "Sari", "Dewi"]));
  await page.keyboard.press("j");
  await bubble(page, "hello from Budi").waitFor();
  await page.keyboard.press("j");
  await bubble(page, "hello from Sari").waitFor();
  await page.keyboard.press("k");
  await bubble(page, "hello from Budi").waitFor();

  await page.keyboard.press("r");
  // Letters in a field are letters, also those that other layouts make with AltGr.
  await page.keyboard.type("je kern ia?/x ąß@€");
  expect(await replyField(page).inputValue()).toBe("je kern ia?/x ąß@€");
  await page.keyboard.press("Control+Enter");
  await bubble(page, "je kern ia?/x ąß@€").waitFor();
  await page.keyboard.press("Escape");

  await page.keyboard.press("i");
  await page.getByRole("button", { name: "Assigned to You. Assign" }).waitFor();
  await page.keyboard.press("e");
  await bubble(page, "hello from Sari").waitFor();
  await eventually(async () => expect(await rowNames(page)).toEqual(["Sari", "Dewi"]));

  await page.keyboard.press("Escape");
  await page.getByText("First steps").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("Dewi");
  await eventually(async () => expect(await rowNames(page)).toEqual(["Dewi"]));
  expect(page.url()).toContain("q=Dewi");
});

flow("the palette knows what the keys do, and the help lists them", async (org) => {
  const { id } = await org.customer("Budi", "hello");
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "hello").waitFor();
  await page.keyboard.press("Control+k");
  // Whoever types before the palette is there has typed into it.
  await page.keyboard.type("assign");
  const field = page.getByPlaceholder("What do you want to do?");
  await eventually(async () => expect(await field.inputValue()).toBe("assign"));
  await page.keyboard.type(" to me");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Assigned to You. Assign" }).waitFor();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  for (const name of ["Next conversation", "Reply", "Resolve and open the next", "Assign to me"])
    await help.getByText(name, { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  expect(await help.count()).toBe(0);
});

flow("Enter does not send while an input method composes, and shortcuts can be off", async (org) => {
  const { id } = await org.customer("Budi", "hello");
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "hello").waitFor();
  await replyField(page).fill("こん");
  await replyField(page).dispatchEvent("keydown", { key: "Enter", ctrlKey: true, isComposing: true });
  expect(await replyField(page).inputValue()).toBe("こん");
  await org.api("/api/preferences", { method: "PATCH", body: { shortcuts: false } });
  await page.evaluate(() => localStorage.setItem("shortcuts", "false"));
  await page.reload();
  await row(page, "Budi").waitFor();
  await page.keyboard.press("e");
  await page.keyboard.press("j");
  expect((await org.api(`/api/conversations/${id}`)).status).toBe("open");
});
