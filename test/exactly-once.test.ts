import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { checkStateWithin, type Deployment } from "../trials/support/checker.ts";
import {
  conversationsOf,
  deliveryOf,
  inPortions,
  type Inbound,
  shuffled,
  type Status,
  webhookRequest,
} from "../trials/support/traffic.ts";
import { conversationIdOf } from "../src/domain/ids";
import {
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  ORIGIN,
  type Org,
  organization,
  phone,
} from "./harness";
import { volume } from "./volume";

const CONVERSATIONS = volume(200);
const EACH = 10;
const WITH_ANSWER = volume(40, 9);
const RANK = ["sent", "delivered", "read"] as const;

const deployment: Deployment = {
  tenantDatabases: [env.TENANT_DB_00, env.TENANT_DB_01],
  conversation: (name) => env.CONVERSATION.getByName(name) as unknown as ReturnType<Deployment["conversation"]>,
};

async function deliver(phoneNumberId: string, items: readonly (Inbound | Status)[]): Promise<void> {
  const request = await webhookRequest(ORIGIN, deliveryOf(phoneNumberId, items), "test-app-secret");
  const response = await door("/webhook", { method: "POST", headers: request.headers, body: await request.text() });
  expect(response.status).toBe(200);
}

async function messagesOf(org: Org, id: string): Promise<any[]> {
  const { body } = await org.call("GET", `/api/conversations/${id}/messages?limit=100`);
  return body.messages;
}

it(
  "takes each message of many conversations once, in order, when every delivery comes twice and none in its turn",
  { timeout: 120_000 },
  async () => {
    const org = await organization();
    const { id: accountId, phoneNumberId } = await org.connect();
    const idOf = (from: string) => conversationIdOf(org.id, accountId, `+${from}`);
    const inbound = conversationsOf(CONVERSATIONS, EACH, Date.now() - 3_600_000);
    const people = [...new Set(inbound.map(({ from }) => from))];

    // Some have been answered before: the statuses of those answers come among the rest.
    const [first, rest] = [inbound.slice(0, WITH_ANSWER), inbound.slice(WITH_ANSWER)];
    await deliver(phoneNumberId, first);
    for (const from of people.slice(0, WITH_ANSWER)) {
      expect(
        (
          await org.call("POST", `/api/conversations/${idOf(from)}/messages`, {
            type: "text",
            content: { text: "answer" },
          })
        ).status,
      ).toBe(201);
    }
    const sent = await eventually(async () => {
      const theirs = graph.state.messages.filter((message) => message.phoneNumberId === phoneNumberId);
      expect(theirs).toHaveLength(WITH_ANSWER);
      return theirs;
    });
    // Nothing but what follows is posted.
    graph.reset();
    const highest = new Map(sent.map((message, i) => [message.to!, RANK[i % RANK.length]!]));
    const statuses = sent.flatMap((message, i): Status[] =>
      RANK.slice(0, (i % RANK.length) + 1).map((status, step) => ({
        id: message.wamid,
        to: message.to!,
        status,
        at: Date.now() + step * 1000,
        // Meta repeats our reference; a status without it finds its message by the channel's id.
        ...(i % 2 === 0 && { reference: message.biz_opaque_callback_data! }),
      })),
    );

    const deliveries = inPortions(shuffled<Inbound | Status>([...rest, ...statuses], 1), 20);
    const twice = shuffled([...deliveries, ...deliveries, first], 2);
    for (const together of inPortions(twice, 8))
      await Promise.all(together.map((items) => deliver(phoneNumberId, items)));

    const findings = await checkStateWithin(30, deployment, org.id, people.map(idOf));
    expect(findings).toMatchObject({
      conversations: CONVERSATIONS,
      messages: CONVERSATIONS * EACH + WITH_ANSWER,
      inbound: CONVERSATIONS * EACH,
      outgoing: 0,
      // An answer reads what came before it.
      unread: CONVERSATIONS * EACH - WITH_ANSWER,
      differences: [],
    });

    for (const from of people) {
      const messages = await messagesOf(org, idOf(from));
      const theirs = messages.filter((message) => message.direction === "inbound");
      expect(theirs.map((message) => message.content.text)).toEqual(Array.from({ length: EACH }, (_, k) => String(k)));
      expect(theirs.map((message) => message.external_id)).toEqual(
        inbound.filter((message) => message.from === from).map(({ id }) => id),
      );
      expect(messages.toSorted((a, b) => (a.created_at + a._id < b.created_at + b._id ? -1 : 1))).toEqual(messages);
      const answer = messages.find((message) => message.direction === "outbound");
      expect(answer?.status).toBe(highest.get(from));
      // The answer, if there is one, is the newest; reading it is the customer's, what is unread is ours.
      const { body } = await org.call("GET", `/api/conversations/${idOf(from)}`);
      expect(body).toMatchObject({ unread_count: EACH - (answer ? 1 : 0), message_count: EACH + (answer ? 1 : 0) });
    }

    // And the checker sees what differs.
    await org.tenantDb.prepare("UPDATE conversations SET unread_count = 99 WHERE id = ?").bind(idOf(people[0]!)).run();
    expect((await checkStateWithin(0, deployment, org.id)).differences).toEqual([
      `${idOf(people[0]!)}: unread_count is ${EACH - 1}, in D1 99`,
    ]);
  },
);

it("keeps whatever is faster than the first message of a conversation, and begins none by it", async () => {
  const org = await organization();
  const { id: accountId, phoneNumberId } = await org.connect();
  const [from, silent] = [phone(), phone()];
  const say = async (type: string, body: object, who = from) => {
    graph.customers.say({ phoneNumberId, from: who, message: { type, [type]: body } });
    await graph.settle();
  };
  const on = (n: number) => `wamid.first.${n}.${from}`;
  await say("revoke", { original_message_id: on(1) });
  await say("reaction", { message_id: on(2), emoji: "👍" });
  await say("edit", { original_message_id: on(2), message: { type: "text", text: { body: "second, mended" } } });
  await say("system", { type: "customer_identity_changed", body: "The security code changed" });
  await say("reaction", { message_id: `wamid.${silent}`, emoji: "👍" }, silent);
  expect((await org.call("GET", "/api/conversations")).body.data).toEqual([]);
  await customerWrites(phoneNumberId, from, "second", { id: on(2) });
  await customerWrites(phoneNumberId, from, "first", { id: on(1) });
  const { id } = await conversationWith(org, from);
  const messages = await messagesOf(org, id);
  expect(messages).toHaveLength(3);
  expect(messages).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        type: "system",
        content: expect.objectContaining({ text: "The security code changed" }),
      }),
      expect.objectContaining({ content: { text: "first" }, revoked_at: expect.any(String) }),
      expect.objectContaining({
        content: { text: "second, mended" },
        revoked_at: null,
        reactions: [expect.objectContaining({ emoji: "👍" })],
      }),
    ]),
  );
  await eventually(async () =>
    expect((await org.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
      unread_count: 2,
      message_count: 3,
    }),
  );
  expect((await org.call("GET", "/api/conversations")).body.data).toHaveLength(1);
  // A person who never writes leaves nothing in the end, and a first message begins all the same.
  const stub = env.CONVERSATION.getByName(
    `${org.id}:${conversationIdOf(org.id, accountId, `+${silent}`)}`,
  ) as unknown as DurableObjectStub;
  await runDurableObjectAlarm(stub);
  expect(
    await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'early_updates'").toArray(),
    ),
  ).toEqual([]);
  await customerWrites(phoneNumberId, silent, "at last");
  await conversationWith(org, silent);
});

it("keeps a reaction that is faster than its message", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from, "first");
  const { id } = await conversationWith(org, from);
  const react = async (emoji: string) => {
    graph.customers.say({
      phoneNumberId,
      from,
      id: `wamid.reaction.${from}`,
      message: { type: "reaction", reaction: { message_id: `wamid.late.${from}`, emoji } },
    });
    await graph.settle();
  };
  await react("👍");
  await customerWrites(phoneNumberId, from, "late", { id: `wamid.late.${from}` });
  // Delivered again, it changes nothing.
  await react("👎");
  const messages = await messagesOf(org, id);
  expect(
    messages.map((message) => [message.content.text, message.reactions.map((reaction: any) => reaction.emoji)]),
  ).toEqual([
    ["first", []],
    ["late", ["👍"]],
  ]);
});
