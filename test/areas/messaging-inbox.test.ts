import { afterEach, expect, it, vi } from "vitest";
import { eventually, graph, organization } from "../harness";
import { begin, connected, conversation, send, thread, untilStatus } from "../messaging";

/** Colleagues write in the channel's own inbox. */

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => graph.faults.clear());

it.each(["messenger", "instagram"] as const)("%s: is shown once, and taken for an answer", async (platform) => {
  const org = await organization();
  const page = await connected(org, platform);
  const { person, id } = await begin(page);
  expect((await conversation(org, id)).unread_count).toBe(1);
  graph.faults.set({ duplicateWebhooks: true });
  const image = await graph.customers.uploadAsCustomer(
    new Uint8Array([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0]),
    "image/gif",
  );
  const at = Date.now() + 1000;
  await page.act(person, { act: "inbox", text: "From the phone", at });
  await page.act(person, {
    act: "inbox",
    attachments: [
      { type: "image", payload: { media_id: image } },
      { type: "image", payload: { media_id: image } },
    ],
    at: at + 1000,
  });
  const shown = await eventually(async () => {
    const found = await thread(org, id);
    for (const each of found.slice(2)) expect(each.content.url).toEqual(expect.any(String));
    return found;
  });
  expect(shown).toMatchObject([
    { direction: "inbound" },
    {
      direction: "outbound",
      content: { text: "From the phone" },
      status: "sent",
      sent_via: "app",
      sender_agent_id: null,
    },
    { direction: "outbound", type: "image", sent_via: "app" },
    { direction: "outbound", type: "image", sent_via: "app" },
  ]);
  expect((await conversation(org, id)).unread_count).toBe(0);
  // Our own messages are told from them.
  const { body } = await send(org, id, "text", { text: "From here" });
  await untilStatus(org, id, body._id, "read");
  expect(await thread(org, id)).toHaveLength(5);
});
