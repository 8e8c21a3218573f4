import { expect, it, vi } from "vitest";
import { payloadOf, signatureOf } from "../../simulators/graph/webhook.ts";
import { conversationIdOf } from "../../src/domain/ids";
import { door, eventually, eventuallyListed, graph, type Org, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

/** Persons (docs/adr/0003) as agents see them: threads, contacts, and where an answer goes. */

const T0 = Math.floor(Date.now() / 1000) - 3600;
let n = 0;

interface Sent {
  from?: string;
  id?: string;
  parent?: string;
  at?: number;
  name?: string;
  system?: Record<string, unknown>;
}

/** A shop with one number, and the deliveries to it. */
async function shop() {
  const org = await organization();
  const account = await org.connect();
  const metadata = { phone_number_id: account.phoneNumberId, display_phone_number: "1" };
  const post = async (field: string, value: Record<string, unknown>) => {
    const body = payloadOf(
      [{ wabaId: "1", field, value: { messaging_product: "whatsapp", metadata, ...value } }],
      "none",
      Date.now(),
    );
    const headers = {
      "content-type": "application/json",
      "x-hub-signature-256": await signatureOf(body, "test-app-secret"),
    };
    expect((await door("/webhook", { method: "POST", body, headers })).status).toBe(200);
  };
  const payload = (text: string, { from, id, parent, at = ++n, system }: Sent) => ({
    id: `wamid.I${Date.now()}${++n}`,
    timestamp: String(T0 + at),
    ...(from && { from }),
    ...(id && { from_user_id: id }),
    ...(parent && { from_parent_user_id: parent }),
    ...(system ? { type: "system", system } : { type: "text", text: { body: text } }),
  });
  const says = (text: string, sent: Sent) =>
    post("messages", {
      messages: [payload(text, sent)],
      ...(sent.name && {
        contacts: [{ profile: { name: sent.name }, wa_id: sent.from, user_id: sent.id }],
      }),
    });
  const moves = (from: string, to: string, sent: Sent = {}, ids: Record<string, unknown> = {}) =>
    says("", { ...sent, from, system: { type: "user_changed_number", body: "moved", wa_id: to, ...ids } });
  const idOf = (key: string): string => conversationIdOf(org.id, account.id, key);
  return { org, account, post, says, moves, idOf };
}

async function textsOf(org: Org, id: string): Promise<string[]> {
  const { body } = await org.call("GET", `/api/conversations/${id}/messages`);
  return (body.messages ?? [])
    .filter((m: any) => m.type === "text" && m.direction === "inbound")
    .map((m: any) => m.content.text);
}

/** Where an answer in the conversation goes: a number or a user id. */
async function answerGoesTo(org: Org, id: string): Promise<string | null | undefined> {
  const text = `answer ${++n}`;
  const sent = await org.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text } });
  expect(sent.status).toBe(201);
  return eventually(async () => {
    const message = graph.state.messages.find(
      (one: any) => one.content?.body === text || JSON.stringify(one).includes(text),
    );
    if (!message) throw new Error("not sent");
    return message.to ?? message.recipientUserId;
  });
}

const contactsOf = async (org: Org): Promise<any[]> => (await org.call("GET", "/api/contacts")).body.data;

it("gives another person who writes from a number that had been someone's a thread and a contact of their own", async () => {
  const { org, says, moves, idOf } = await shop();
  const [N, M] = [phone(), phone()];
  const [a, b] = [`ID.A${N}`, `ID.B${N}`];
  await says("A one", { from: N, id: a, name: "Ani" });
  // She moves, and nobody says so yet.
  await says("B one", { from: N, id: b, name: "Budi" });
  const [hers, his] = [idOf(`+${N}`), idOf(b)];
  expect(await textsOf(org, hers)).toEqual(["A one"]);
  expect(await textsOf(org, his)).toEqual(["B one"]);
  expect(await answerGoesTo(org, hers)).toBe(a);
  expect(await answerGoesTo(org, his)).toBe(N);
  await eventuallyListed(org, async () =>
    expect(
      (await contactsOf(org))
        .map((c) => [c.name, c.phone_number, c.user_id])
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ).toEqual([
      ["Ani", null, a],
      ["Budi", `+${N}`, b],
    ]),
  );
  await moves(N, M, { id: a });
  await says("A two", { from: M, id: a });
  await says("B two", { id: b });
  await says("B three", { from: N, id: b });
  expect(await textsOf(org, hers)).toEqual(["A one", "A two"]);
  expect(await textsOf(org, his)).toEqual(["B one", "B two", "B three"]);
  expect(await answerGoesTo(org, hers)).toBe(M);
  expect(await answerGoesTo(org, his)).toBe(N);
});

it("keeps a person reachable at a new number, while another has the old one", async () => {
  const { org, says, moves, idOf } = await shop();
  const [N, M] = [phone(), phone()];
  const [a, b] = [`ID.A${N}`, `ID.B${N}`];
  await says("A one", { from: N, id: a });
  await moves(N, M);
  await says("B one", { from: N, id: b });
  expect(await textsOf(org, idOf(`+${N}`))).toEqual(["A one"]);
  expect(await textsOf(org, idOf(b))).toEqual(["B one"]);
  expect(await answerGoesTo(org, idOf(`+${N}`))).toBe(M);
  expect(await answerGoesTo(org, idOf(b))).toBe(N);
});

it("takes a number with a thread from its former holder when another person moves to it", async () => {
  const { org, says, moves, idOf } = await shop();
  const [L, M] = [phone(), phone()];
  const [x, y] = [`ID.X${L}`, `ID.Y${L}`];
  await says("Y one", { from: M, id: y });
  await says("X one", { from: L, id: x });
  await moves(L, M, { id: x });
  await says("X two", { from: M, id: x });
  expect(await textsOf(org, idOf(`+${L}`))).toEqual(["X one", "X two"]);
  expect(await textsOf(org, idOf(`+${M}`))).toEqual(["Y one"]);
  expect(await answerGoesTo(org, idOf(`+${L}`))).toBe(M);
  expect(await answerGoesTo(org, idOf(`+${M}`))).toBe(y);
});

it.each(["message", "contact", "status"])(
  "remembers a pair that a %s names, for when the number is hidden later",
  async (what) => {
    const { org, says, post, idOf } = await shop();
    const N = phone();
    const id = `ID.A${N}`;
    await says("one", { from: N });
    const conversation = idOf(`+${N}`);
    if (what === "message") await says("two", { from: N, id });
    const contacts = [{ profile: { name: "Ani" }, wa_id: N, user_id: id }];
    const timestamp = String(T0 + ++n);
    if (what === "contact") {
      const message = { id: `wamid.C${N}`, from: N, timestamp, type: "text", text: { body: "two" } };
      await post("messages", { contacts, messages: [message] });
    }
    if (what === "status") {
      await answerGoesTo(org, conversation);
      const { messages } = (await org.call("GET", `/api/conversations/${conversation}/messages`)).body;
      const sent = messages.find((m: any) => m.direction === "outbound");
      const reference = `${conversation}.${sent._id}`;
      const status = { id: "wamid.s", status: "delivered", timestamp, recipient_id: N };
      await post("messages", { contacts, statuses: [{ ...status, biz_opaque_callback_data: reference }] });
    }
    await says("hidden", { id });
    expect(await textsOf(org, conversation)).toContain("hidden");
    await eventuallyListed(org, async () => expect(await contactsOf(org)).toMatchObject([{ user_id: id }]));
  },
);

it("takes no old number or name back from messages that are older", async () => {
  const { org, says, moves, idOf } = await shop();
  const [N, M] = [phone(), phone()];
  const id = `ID.A${N}`;
  await says("one", { from: N, id, at: 10, name: "Ani" });
  await moves(N, M, { id, at: 20 });
  await says("three", { from: M, id, at: 30, name: "Ani Baru" });
  await says("two", { from: N, id, at: 15, name: "Ani Lama" });
  const conversation = idOf(`+${N}`);
  expect(await textsOf(org, conversation)).toEqual(["one", "two", "three"]);
  expect((await org.call("GET", `/api/conversations/${conversation}`)).body).toMatchObject({
    contact_phone: `+${M}`,
    contact_name: "Ani Baru",
  });
  expect(await answerGoesTo(org, conversation)).toBe(M);
});

it("follows a changed user id, however it is said", async () => {
  const { org, says, post, idOf } = await shop();
  const N = phone();
  const [first, second, third] = ["1", "2", "3"].map((one) => `ID.${one}${N}`);
  await says("one", { from: N, id: first! });
  await post("user_id_update", {
    user_id_update: [
      { wa_id: N, detail: "changed", timestamp: String(T0 + ++n), user_id: { previous: first, current: second } },
    ],
  });
  await says("two", { id: second! });
  await says("", { id: second!, system: { type: "user_changed_user_id", previous_user_id: second, user_id: third } });
  await says("three", { id: third! });
  await says("four", { from: N, id: third! });
  expect(await textsOf(org, idOf(`+${N}`))).toEqual(["one", "two", "three", "four"]);
});

it("knows a person by the parent's user id", async () => {
  const { org, says, idOf } = await shop();
  const N = phone();
  const parent = `ID.ENT.${N}`;
  await says("one", { from: N, id: `ID.1${N}`, parent });
  await says("two", { id: `ID.2${N}`, parent });
  await says("three", { parent });
  expect(await textsOf(org, idOf(`+${N}`))).toEqual(["one", "two", "three"]);
});

it.each([
  ["Brazil's ninth digit", "5511", "5511", "9"],
  ["Mexico's 1", "52", "52", "1"],
  ["Argentina's 9", "54", "54", "9"],
])("knows a number with and without %s as one person's", async (_what, country, _same, digit) => {
  const { org, says } = await shop();
  const local =
    (country === "5511" ? "8" : "55") + String(Math.floor(1e7 + Math.random() * 8e7)).slice(country === "5511" ? 1 : 0);
  const rest = country === "5511" ? local : local.padEnd(10, "1");
  await says("one", { from: `${country}${rest}` });
  await says("two", { from: `${country}${digit}${rest}` });
  await says("three", { from: `${country}${rest}` });
  await eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(data.map((c: any) => c.message_count)).toEqual([3]);
    expect(await contactsOf(org)).toHaveLength(1);
  });
});

it("applies a move and the status of our own message in one delivery", async () => {
  const { org, post, says, idOf } = await shop();
  const [old, next] = [phone(), phone()];
  await says("Hello", { from: old, id: "ID.mover" });
  const id = idOf(`+${old}`);
  expect(await answerGoesTo(org, id)).toBe(old);
  const { body } = await org.call("GET", `/api/conversations/${id}/messages`);
  const ours = body.messages.findLast((m: any) => m.direction === "outbound");
  const { wamid } = graph.state.messages.findLast(({ to }) => to?.endsWith(old))!;
  const at = T0 + ++n;
  await post("messages", {
    messages: [
      {
        id: `wamid.M${Date.now()}`,
        timestamp: String(at),
        from: old,
        type: "system",
        system: { type: "user_changed_number", body: "moved", wa_id: next },
      },
    ],
    statuses: [
      {
        id: wamid,
        status: "read",
        timestamp: String(at),
        recipient_id: old,
        recipient_user_id: "ID.mover",
        biz_opaque_callback_data: `${id}.${ours._id}`,
      },
    ],
  });
  expect(await answerGoesTo(org, id)).toBe(next);
});

it("delivers two people's messages of one second from one number, also again, and what comes beside them", async () => {
  const { org, says, idOf } = await shop();
  const shared = phone();
  const at = ++n;
  await says("from a", { from: shared, id: "ID.a", at });
  await says("from b", { from: shared, id: "ID.b", at });
  await says("again from a", { from: shared, id: "ID.a", at });
  await says("again from b", { from: shared, id: "ID.b", at });
  await eventually(async () => {
    expect(await textsOf(org, idOf(`+${shared}`))).toEqual(["from a", "again from a"]);
    expect(await textsOf(org, idOf("ID.b"))).toEqual(["from b", "again from b"]);
  });
});
