import { expect, it, vi } from "vitest";
import { door, eventually, graph } from "../harness";
import { NOW, shop, wamid } from "../whatsapp-shop";

vi.setConfig({ testTimeout: 30_000 });

it("replaces the picture of an edited message, and keeps the one whose caption alone has changed", async () => {
  const { from, post, thread } = await shop();
  const upload = (text: string) =>
    graph.customers.uploadAsCustomer(new TextEncoder().encode(`GIF89a, ${text}`), "image/gif");
  const event = (id: string, type: string, body: Record<string, unknown>, at: number) =>
    post("messages", { messages: [{ from, id, timestamp: String(NOW + at), type, [type]: body }] });
  const edit = (target: string, message: Record<string, unknown>, at: number) =>
    event(wamid(), "edit", { original_message_id: target, message }, at);
  const id = wamid();
  const stored = (caption: string | undefined) =>
    eventually(async () => {
      const [message] = await thread();
      expect(message.content).toMatchObject({ signed_url: expect.any(String) });
      expect(message.content.caption).toBe(caption);
      return message.content;
    });
  const bytesOf = async ({ signed_url: url }: { signed_url: string }) =>
    (await door(new URL(url, "http://app.test").pathname + new URL(url, "http://app.test").search)).text();

  await event(id, "image", { id: await upload("one"), mime_type: "image/gif", sha256: "1", caption: "Old" }, -100);
  const first = await stored("Old");
  expect(await bytesOf(first)).toContain("one");
  await edit(id, { type: "image", image: { id: await upload("one"), sha256: "1", caption: "New" } }, -90);
  const second = await stored("New");
  expect(second.media_id).toBe(first.media_id);
  await edit(id, { type: "image", image: { id: await upload("two"), mime_type: "image/gif", sha256: "2" } }, -80);
  const third = await eventually(async () => {
    const content = await stored(undefined);
    expect(content.media_id).not.toBe(first.media_id);
    return content;
  });
  expect(await bytesOf(third)).toContain("two");
  await edit(id, { type: "text", text: { body: "No picture" } }, -70);
  const [message] = await thread();
  expect(message).toMatchObject({ type: "text", edited_at: new Date((NOW - 70) * 1000).toISOString() });
  expect(message.content).toEqual({ text: "No picture" });
});
