import { expect, it, vi } from "vitest";
import { customerWrites, eventuallyListed, graph, phone } from "../harness";
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
  const events = ["message.queued", "message.sent", "message.received"];
  const webhook = await subscribe(org, receiver, events);
  const lanes = async (): Promise<number[]> =>
    (await org.call("GET", `/api/webhooks/${webhook.id}/statistics`)).body.lanes.map(({ waiting }: any) => waiting);

  const known = phone();
  await customerWrites(phoneNumberId, known, "Hello");
  await eventuallyListed(org, async () => expect(await lanes()).toEqual([1, 0]));
  const { body: campaign } = await org.call("POST", "/api/campaigns", {
    name: "News",
    template_id: (await named("hello")).id,
  });
  const people = [known, phone(), phone()];
  await org.call("POST", `/api/campaigns/${campaign.id}/recipients`, {
    phone_numbers: people.map((number) => `+${number}`),
  });
  expect((await org.call("POST", `/api/campaigns/${campaign.id}/send`, {})).status).toBe(200);
  // Three messages are queued and sent.
  await eventuallyListed(
    org,
    async () => {
      await graph.settle();
      expect(await lanes()).toEqual([1, 6]);
    },
    30,
  );
  await customerWrites(phoneNumberId, people[1]!, "How nice");
  await eventuallyListed(org, async () => expect(await lanes()).toEqual([2, 6]));
});
