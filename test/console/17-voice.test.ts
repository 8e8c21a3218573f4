import { expect, inject } from "vitest";
import { bubble, eventually, flow } from "./stage";

/** The messages that Meta's simulator was given to send, with the bytes behind them. */
async function sentAudio(org: { api: (path: string) => Promise<any> }, id: string): Promise<any> {
  const { messages } = await org.api(`/api/conversations/${id}/messages`);
  return messages.find(({ type }: { type: string }) => type === "audio");
}

flow("a voice note is recorded, heard, and leaves as Ogg with Opus", async (org) => {
  const { id, phone } = await org.customer("Budi", "Call me back");
  const page = await org.open(org.admin, `/inbox/${id}`);
  await bubble(page, "Call me back").waitFor();

  // Discarded: nothing is left of it.
  await page.getByRole("button", { name: "Record a voice message" }).click();
  const recorder = page.getByRole("group", { name: "Voice message" });
  await recorder.getByText("Recording").waitFor();
  await recorder.getByRole("button", { name: "Discard the recording" }).click();
  expect(await page.getByRole("list", { name: "Attached files" }).count()).toBe(0);

  await page.getByRole("button", { name: "Record a voice message" }).click();
  await recorder.getByText("0:01").waitFor();
  await page.keyboard.press("Enter");
  const recorded = page.getByRole("list", { name: "Attached files" }).getByRole("listitem");
  await recorded.getByRole("button", { name: "Play the voice message" }).click();
  await recorded.getByRole("button", { name: "Pause" }).waitFor();
  const seconds = await recorded.getByRole("slider", { name: "Position" }).getAttribute("max");
  expect(Number(seconds)).toBeGreaterThan(0.9);
  expect(Number(seconds)).toBeLessThan(10);

  await page.getByRole("button", { name: "Send Ctrl ↵" }).click();
  await eventually(async () =>
    expect(await page.locator("[role=log] article", { has: page.getByText("Read") }).count()).toBe(1),
  );
  const { content } = await sentAudio(org, id);
  expect(content).toMatchObject({ mime_type: "audio/ogg", voice: true });
  const { messages, media } = (await (await fetch(`${inject("stage")!.graph}/_sim/state`)).json()) as any;
  const { audio } = messages.find(({ to, type }: any) => to === phone && type === "audio").body;
  expect(audio).toMatchObject({ voice: true });
  expect(media.find(({ id: mediaId }: any) => mediaId === audio.id)).toMatchObject({ mimeType: "audio/ogg" });
  const file = await page.request.get(content.signed_url);
  const bytes = await file.body();
  expect(bytes.toString("latin1", 0, 4)).toBe("OggS");
  expect(bytes.toString("latin1", 28, 36)).toBe("OpusHead");
  // One track: WhatsApp shows no other as a voice message.
  expect(bytes[37]).toBe(1);
});

flow("a browser without leave to use the microphone says so", async (org) => {
  const { id } = await org.customer("Budi", "Call me back");
  const page = await org.open(org.admin, `/inbox/${id}`, {
    prepare: (opened) =>
      opened.addInitScript(
        `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("refused", "NotAllowedError"))`,
      ),
  });
  await bubble(page, "Call me back").waitFor();
  await page.getByRole("button", { name: "Record a voice message" }).click();
  await page.getByText("The browser may not use the microphone.").waitFor();
  await page.getByRole("button", { name: "Attach files" }).waitFor();
});
