import { expect, it } from "vitest";
import { conversationWith, customerWrites, eventually, graph, organization, phone } from "../harness";

it("takes a message in, shows it, answers it, and climbs its ticks", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from, "Is the blue one there?");
  const conversation = await conversationWith(org, from);
  expect(conversation).toMatchObject({ status: "open", unread_count: 1, contact_phone: `+${from}`, contact_channel: "whatsapp", last_message: "Is the blue one there?" });

  const sent = await org.call("POST", `/api/conversations/${conversation.id}/messages`, { type: "text", content: { text: "Yes" } }, { "idempotency-key": "k1" });
  expect(sent).toMatchObject({ status: 201, body: { status: "queued", direction: "outbound", content: { text: "Yes" } } });
  const again = await org.call("POST", `/api/conversations/${conversation.id}/messages`, { type: "text", content: { text: "Yes" } }, { "idempotency-key": "k1" });
  expect(again.body._id).toBe(sent.body._id);

  await eventually(async () => {
    await graph.settle();
    const { body } = await org.call("GET", `/api/conversations/${conversation.id}/messages`);
    expect(body.messages.map((m: any) => [m.direction, m.status])).toEqual([
      ["inbound", "received"],
      ["outbound", "read"],
    ]);
  });
  expect(graph.state.messages.filter((m) => m.to === from)).toHaveLength(1);
});
