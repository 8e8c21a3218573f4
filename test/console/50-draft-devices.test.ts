import { expect } from "vitest";
import { bubble, eventually, flow, replyField, row } from "./stage";

flow("a draft goes on on another device, and is gone on both when it is sent", async (org) => {
  await org.customer("Budi", "hello from Budi");
  await org.customer("Sari", "hello from Sari");
  const desk = await org.open(org.admin);
  const saves: string[] = [];
  desk.on("request", (request) => {
    if (request.method() === "PUT") saves.push(request.url());
  });
  await row(desk, "Budi").click();
  await bubble(desk, "hello from Budi").waitFor();
  await replyField(desk).pressSequentially("It leaves");
  await row(desk, "Sari").click();
  await bubble(desk, "hello from Sari").waitFor();
  await eventually(async () => expect(await org.api("/api/drafts")).toHaveLength(1));
  expect(saves).toHaveLength(1);

  const laptop = await org.open(org.admin);
  await row(laptop, "Budi").click();
  await eventually(async () => expect(await replyField(laptop).inputValue()).toBe("It leaves"));
  await replyField(laptop).press("End");
  await replyField(laptop).pressSequentially(" today");
  await laptop.keyboard.press("Control+Enter");
  await bubble(laptop, "It leaves today").waitFor();
  expect(await replyField(laptop).inputValue()).toBe("");
  await eventually(async () => expect(await org.api("/api/drafts")).toEqual([]));

  // Back at the desk.
  await desk.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
  await row(desk, "Budi").click();
  await bubble(desk, "It leaves today").waitFor();
  await eventually(async () => expect(await replyField(desk).inputValue()).toBe(""));
  expect(saves).toHaveLength(1);
});
