import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { env } from "cloudflare:workers";
import { payloadOf, signatureOf } from "../../simulators/graph/webhook.ts";
import { clock, MINUTE } from "../../src/kit/clock";
import { everyMinute } from "../minute";
import {
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  eventuallyListed,
  graph,
  type Org,
  organization,
  phone,
} from "../harness";

/** Whether a contact takes marketing messages: what customer, channel and agents decide, and what follows. */

vi.setConfig({ testTimeout: 30_000 });
const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const NOW = Math.floor(Date.now() / 1000);
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

async function deliver(phoneNumberId: string, field: string, value: object): Promise<void> {
  const metadata = { display_phone_number: "62", phone_number_id: phoneNumberId };
  const full = { messaging_product: "whatsapp", metadata, ...value };
  const body = payloadOf([{ wabaId: "1", field, value: full }], "none", Date.now());
  const headers = { "x-hub-signature-256": await signatureOf(body, "test-app-secret") };
  expect((await door("/webhook", { method: "POST", body, headers })).status).toBe(200);
}

interface Person {
  phoneNumberId: string;
  from: string;
  path: string;
  conversation: string;
  contact(): Promise<any>;
  decides(value: "stop" | "resume", timestamp: number | string, more?: object): Promise<void>;
}
async function person(org: Org, account?: { phoneNumberId: string }): Promise<Person> {
  const { phoneNumberId } = account ?? (await org.connect());
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id, contact_id: contactId } = await conversationWith(org, from);
  const path = `/api/contacts/${contactId}`;
  return {
    phoneNumberId,
    from,
    path,
    conversation: `/api/conversations/${id}`,
    contact: async () => (await org.call("GET", path)).body,
    decides: (value, timestamp, more = { wa_id: from }) =>
      deliver(phoneNumberId, "user_preferences", {
        user_preferences: [{ category: "marketing_messages", detail: "…", value, timestamp, ...more }],
      }),
  };
}
const logOf = async (org: Caller, { path }: Person) =>
  (
    await org.call("GET", `/api/activity-logs?entity_type=contact&entity_id=${path.split("/").at(-1)}`)
  ).body.data.toReversed();

const template = (name: string) => ({ type: "template", content: { name, language: "en_US" } });

/** Sends a template that the channel then charges as a category. */
async function charged(org: Org, { conversation, phoneNumberId, from }: Person, name: string, category: string) {
  const { status, body } = await org.call("POST", `${conversation}/messages`, template(name));
  expect(status).toBe(201);
  const message = async () =>
    (await org.call("GET", `${conversation}/messages`)).body.messages.find(({ _id }: any) => _id === body._id);
  const { external_id: id } = await eventually(async () => {
    const found = await message();
    expect(found.external_id).toEqual(expect.any(String));
    return found;
  });
  const pricing = { billable: true, pricing_model: "PMP", type: "regular", category };
  const statuses = [{ id, status: "delivered", timestamp: String(NOW), recipient_id: from, pricing }];
  await deliver(phoneNumberId, "messages", { statuses });
  await graph.settle();
}

it("takes a customer's word that marketing stops and resumes, in the log and live", async () => {
  const org = await organization();
  const one = await person(org);
  const frames: any[] = [];
  const { webSocket } = await door("/api/live", {
    headers: { upgrade: "websocket", authorization: `Bearer ${(await org.agent()).token}` },
  });
  webSocket!.addEventListener("message", ({ data }) => void frames.push(JSON.parse(String(data))));
  webSocket!.accept();
  expect(await one.contact()).toMatchObject({ marketing_opted_out_at: null, marketing_source: null });
  await one.decides("stop", NOW);
  await eventuallyListed(org, async () =>
    expect(await one.contact()).toMatchObject({ marketing_opted_out_at: iso(NOW), marketing_source: "customer" }),
  );
  await one.decides("resume", String(NOW + 5));
  await eventuallyListed(org, async () =>
    expect(await one.contact()).toMatchObject({ marketing_opted_out_at: null, marketing_source: "customer" }),
  );
  expect(await logOf(org, one)).toMatchObject([
    {
      action: "contact.marketing_changed",
      actor_kind: "customer",
      changes: { opted_out: true, source: "customer", decided_at: iso(NOW) },
    },
    { action: "contact.marketing_changed", actor_kind: "customer", changes: { opted_out: false, source: "customer" } },
  ]);
  await eventually(async () =>
    expect(frames.filter(({ type }) => type === "contact.marketing_changed").map(({ data }) => data)).toEqual([
      { opted_out: true, source: "customer", decided_at: iso(NOW) },
      { opted_out: false, source: "customer", decided_at: iso(NOW + 5) },
    ]),
  );
  webSocket!.close();
  // It is no activity: the conversation is as it was.
  expect((await org.call("GET", one.conversation)).body).toMatchObject({ message_count: 1, unread_count: 1 });
});

it("ends the same in any order, however often it comes, and for somebody who hides the number", async () => {
  const org = await organization();
  const account = await org.connect();
  const words = [
    ["stop", NOW],
    ["resume", NOW + 10],
    ["stop", NOW + 20],
    ["resume", NOW + 20],
  ] as const;
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0, 0, 1, 2, 3],
    [2, 3, 2, 1, 0, 1],
    [1, 3, 2, 0],
  ]) {
    const one = await person(org, account);
    const { user_id } = await one.contact();
    const named = order[0] === 2 ? { user_id } : undefined;
    for (const i of order) await one.decides(words[i]![0], words[i]![1], named);
    await eventuallyListed(org, async () =>
      expect(await one.contact()).toMatchObject({
        marketing_opted_out_at: iso(NOW + 20),
        marketing_source: "customer",
      }),
    );
    expect(await logOf(org, one)).toHaveLength(4);
  }
});

it("keeps the word of somebody whose first message comes later, and counts a word that it does not know", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  const preference = { category: "marketing_messages", wa_id: from, timestamp: NOW, value: "stop" };
  const preferences = [preference, { ...preference, category: "payments" }, { ...preference, value: "pause" }, 7];
  await deliver(phoneNumberId, "user_preferences", { user_preferences: preferences });
  await customerWrites(phoneNumberId, from);
  const { contact_id: id } = await conversationWith(org, from);
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", `/api/contacts/${id}`)).body.marketing_opted_out_at).toBe(iso(NOW)),
  );
  const { results } = await env.CONTROL_DB.prepare("SELECT payload FROM parked_updates WHERE account = ?")
    .bind(phoneNumberId)
    .all<{ payload: string }>();
  expect(results.flatMap(({ payload }) => JSON.parse(payload)).map(({ reason }: any) => reason)).toEqual([
    "user_preferences",
    "user_preferences",
    "user_preferences",
  ]);
});

it("lets agents decide and take it back, after whatever was decided before", async () => {
  const [org, other] = [await organization(), await organization()];
  const agent = await org.agent();
  const one = await person(org);
  const out = await agent.call("PATCH", one.path, { marketing_opted_out: true });
  expect(out).toMatchObject({ status: 200, body: { marketing_source: "agent" } });
  expect(Date.parse(out.body.marketing_opted_out_at)).toBeGreaterThan(Date.now() - MINUTE);
  expect((await agent.call("PATCH", one.path, { marketing_opted_out: true, tags: ["x"] })).body).toMatchObject({
    marketing_opted_out_at: out.body.marketing_opted_out_at,
  });
  // The customer's word is older.
  await one.decides("resume", NOW - 3600);
  await eventuallyListed(org, async () => expect(await logOf(org, one)).toHaveLength(3));
  expect(await one.contact()).toMatchObject({ marketing_opted_out_at: out.body.marketing_opted_out_at });
  // The channel's clock is ahead.
  await one.decides("stop", NOW + 3600);
  await eventuallyListed(org, async () => expect((await one.contact()).marketing_source).toBe("customer"));
  expect((await agent.call("PATCH", one.path, { marketing_opted_out: false })).body).toMatchObject({
    marketing_opted_out_at: null,
    marketing_source: "agent",
  });
  expect(await one.contact()).toMatchObject({ marketing_opted_out_at: null, marketing_source: "agent" });
  const { actor_id, action, changes } = (await logOf(org, one)).find(({ changes: { tags } }: any) => !tags);
  expect([actor_id, action]).toEqual([agent.agentId, "contact.update"]);
  expect(changes).toEqual({
    marketing_opted_out_at: [null, out.body.marketing_opted_out_at],
    marketing_source: [null, "agent"],
  });
  expect((await org.call("GET", "/api/contacts")).body.data[0]).toEqual(await one.contact());
  for (const value of ["yes", 1, null])
    expect((await org.call("PATCH", one.path, { marketing_opted_out: value })).status).toBe(422);
  expect((await other.call("PATCH", one.path, { marketing_opted_out: true })).status).toBe(404);
});

it("refuses marketing templates to those who take none, and nothing else", async () => {
  const org = await organization();
  const one = await person(org);
  await charged(org, one, "promo", "marketing");
  await charged(org, one, "promo_lite", "marketing_lite");
  await charged(org, one, "order_shipped", "utility");
  const send = async (body: object) => {
    const answer = await org.call("POST", `${one.conversation}/messages`, body);
    return answer.status === 201 ? 201 : answer.body.code;
  };
  expect(await send(template("promo"))).toBe(201);
  await org.call("PATCH", one.path, { marketing_opted_out: true });
  for (const name of ["promo", "promo_lite"]) expect(await send(template(name))).toBe("contact_opted_out");
  for (const body of [template("order_shipped"), { type: "text", content: { text: "Hello" } }])
    expect(await send(body)).toBe(201);
  // A scheduled message is refused when it is due.
  const { body: scheduled } = await org.call("POST", `${one.conversation}/scheduled-messages`, {
    ...template("promo"),
    scheduled_at: new Date(clock.now() + 2 * MINUTE).toISOString(),
  });
  clock.now = () => realNow() + 3 * MINUTE;
  await everyMinute(publicContext(env, () => {}));
  const { body: list } = await org.call("GET", `${one.conversation}/scheduled-messages`);
  expect((list.data ?? list).find(({ id }: any) => id === scheduled.id)).toMatchObject({
    status: "failed",
    error_message: expect.stringContaining("no marketing"),
  });
  await org.call("PATCH", one.path, { marketing_opted_out: false });
  expect(await send(template("promo"))).toBe(201);
});

it.each(["answer", "status"] as const)("takes a refusal by the channel for the customer's word: %s", async (as) => {
  const org = await organization();
  const one = await person(org);
  graph.faults.set({ recipients: [{ to: one.from, code: 131050, as }] });
  const send = () => org.call("POST", `${one.conversation}/messages`, template("promo"));
  expect((await send()).status).toBe(201);
  await eventuallyListed(org, async () => {
    await graph.settle();
    expect(await one.contact()).toMatchObject({
      marketing_opted_out_at: expect.any(String),
      marketing_source: "channel",
    });
  });
  expect(await logOf(org, one)).toMatchObject([{ actor_kind: "system", changes: { source: "channel" } }]);
  const { messages } = (await org.call("GET", `${one.conversation}/messages`)).body;
  expect(messages.at(-1)).toMatchObject({ status: "failed", failure: { code: "131050", opted_out: true } });
  expect(await send()).toMatchObject({ status: 422, body: { code: "contact_opted_out" } });
});
