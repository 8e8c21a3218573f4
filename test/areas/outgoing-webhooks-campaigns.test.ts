import { expect, it, vi } from "vitest";
import { customerWrites, eventually, eventuallyListed, graph, organization, phone } from "../harness";
import { Receiver, subscribe } from "./receiver";
import { shop } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });

it("sends events of campaigns in bulk, and a customer's answer at once", async () => {
  const { org, phoneNumberId, has, sync, named } = await shop();
  has({ name: "hello", components: [{ type: "BODY", text: "We are open again." }] });
  await sync();
  const receiver = new Receiver();
  // So that all wait in their lanes.
  receiver.answer = () => new Response("", { status: 500 });
  const events = ["message.queued", "message.sent", "message.received", "conversation.created", "contact.created"];
  const webhook = await subscribe(org, receiver, events);
  const lanes = async (): Promise<number[]> =>
    (await org.call("GET", `/api/webhooks/${webhook.id}/statistics`)).body.lanes.map(({ waiting }: any) => waiting);

  const known = phone();
  await customerWrites(phoneNumberId, known, "Hello");
  await eventuallyListed(org, async () => expect(await lanes()).toEqual([3, 0]));
  const { body: campaign } = await org.call("POST", "/api/campaigns", {
    name: "News",
    template_id: (await named("hello")).id,
  });
  const people = [known, phone(), phone()];
  await org.call("POST", `/api/campaigns/${campaign.id}/recipients`, {
    phone_numbers: people.map((number) => `+${number}`),
  });
  expect((await org.call("POST", `/api/campaigns/${campaign.id}/send`, {})).status).toBe(200);
  // Three messages are queued and sent, and two contacts are new. No conversation begins before somebody answers.
  await eventuallyListed(
    org,
    async () => {
      await graph.settle();
      expect(await lanes()).toEqual([3, 8]);
    },
    30,
  );
  await customerWrites(phoneNumberId, people[1]!, "How nice");
  await eventuallyListed(org, async () => expect(await lanes()).toEqual([5, 8]));
  const { body: page } = await org.call("GET", `/api/webhooks/${webhook.id}/deliveries?limit=100`);
  const typesTo = (number: string): string[] => {
    const told = receiver.got.map(({ payload: { type, data } }) =>
      [data.conversation?.contact_phone, data.changes?.phone_number?.[1]].includes(`+${number}`) ? type : "",
    );
    return [...new Set(told)].filter((type) => type !== "").toSorted();
  };
  expect(page.data).toHaveLength(13);
  await eventually(async () => expect(typesTo(people[1]!)).toContain("conversation.created"));
  expect(typesTo(people[2]!)).not.toContain("conversation.created");
  expect(typesTo(people[2]!)).not.toContain("message.received");
});

it("tells of a contact that a colleague enters, once", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const receiver = new Receiver();
  await subscribe(org, receiver, ["contact.created", "conversation.created"]);
  const number = phone();
  const entered = { channel: "whatsapp", phone_number: `+${number}`, name: "Sari" };
  const { status, body } = await org.call("POST", "/api/contacts", entered);
  expect(status).toBe(201);
  await eventually(async () =>
    expect(receiver.got.map(({ payload }) => payload)).toMatchObject([
      {
        type: "contact.created",
        data: { entity_id: body.id, changes: { name: [null, "Sari"], phone_number: [null, `+${number}`] } },
      },
    ]),
  );
  await customerWrites(phoneNumberId, number, "Hello");
  await eventually(async () =>
    expect(receiver.got.map(({ payload }) => payload.type)).toEqual(["contact.created", "conversation.created"]),
  );
});
