import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, it } from "vitest";
import { OPTIONAL_TABLES } from "../durable-objects/versions";
import { afterFailure } from "../src/domain/message/send-retry";
import { ChannelError } from "../src/channels/channel";
import { publicContext } from "../src/app";
import { systemContext } from "../src/areas/access/authenticate";
import { loadSendingAccount, markAccountFailing } from "../src/areas/integrations/sending-account";
import type { GraphFaults } from "../simulators/graph/faults.ts";
import { clock, HOUR, SECOND } from "../src/kit/clock";
import { conversationWith, customerWrites, eventually, graph, type Org, organization, phone } from "./harness";

let org: Org;
let phoneNumberId: string;
beforeAll(async () => {
  org = await organization();
  ({ phoneNumberId } = await org.connect());
});
const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

interface Thread {
  id: string;
  from: string;
}

async function thread(number = phoneNumberId): Promise<Thread> {
  const from = phone();
  await customerWrites(number, from);
  return { id: (await conversationWith(org, from)).id, from };
}

async function say({ id }: Thread, text: string, key?: string) {
  const { status, body } = await org.call(
    "POST",
    `/api/conversations/${id}/messages`,
    { type: "text", content: { text } },
    key ? { "idempotency-key": key } : {},
  );
  expect(status).toBe(201);
  return body;
}

/** Returns the texts that the channel has accepted for this customer, in its order. */
const accepted = ({ from }: Thread): string[] =>
  graph.state.messages
    .filter((message) => message.to === from)
    .map((message) => (message.body.text as { body: string }).body);

async function ours({ id }: Thread): Promise<any[]> {
  const { body } = await org.call("GET", `/api/conversations/${id}/messages`);
  return body.messages.filter((message: any) => message.direction === "outbound");
}

/** Until all messages have got there: statuses are posted while we look. */
async function arrived(where: Thread, texts: string[], seconds = 15): Promise<void> {
  await eventually(async () => {
    await graph.settle();
    expect((await ours(where)).map((message) => [message.content.text, message.status])).toEqual(
      texts.map((text) => [text, "read"]),
    );
  }, seconds);
  expect(accepted(where)).toEqual(texts);
}

const passing: [name: string, faults: GraphFaults][] = [
  ["refuses connections", { outage: { mode: "refuse", seconds: 3 } }],
  ["answers 500", { outage: { mode: "500", seconds: 3 } }],
  ["does not answer", { outage: { mode: "hang", seconds: 3 } }],
  ["is behind a gateway that fails", { serverError: { gateway: true, times: 2 } }],
  ["says 131000", { serverError: { code: 131000, times: 2 } }],
  ["limits the account", { rateLimit: { code: 130429, times: 2 } }],
  ["limits the account and says for how long", { rateLimit: { code: 80007, times: 1, retryAfterSeconds: 1 } }],
  ["limits the pair", { rateLimit: { code: 131056, times: 1 } }],
  ["loses the answer, connection reset", { answerLost: { mode: "reset", times: 1 } }],
  ["loses the answer, silence", { answerLost: { mode: "hang", times: 1 } }],
  ["loses every answer", { answerLost: { mode: "reset", times: 3 } }],
  ["says statuses backwards and twice", { reverseStatuses: true, duplicateWebhooks: true }],
  ["is slow", { latencyMs: 300 }],
];

it.each(passing)(
  "sends everything once, in order, while the channel %s",
  { timeout: 40_000 },
  async (_name, faults) => {
    const where = await thread();
    graph.faults.set(faults);
    const texts = ["one", "two", "three"];
    for (const text of texts) await say(where, text);
    await arrived(where, texts, 30);
  },
);

const refused: [name: string, code: number, as: "answer" | "status"][] = [
  ["as the answer", 131026, "answer"],
  ["as a status", 131026, "status"],
  ["for the closed window", 131047, "answer"],
];

it.each(refused)(
  "fails one message with the channel's words and sends the next: refused %s",
  async (_name, code, as) => {
    const where = await thread();
    graph.faults.set({ recipients: [{ to: where.from, code, as, times: 1 }] });
    await say(where, "never");
    await say(where, "after");
    await eventually(async () => {
      await graph.settle();
      expect((await ours(where)).map((message) => message.status)).toEqual(["failed", "read"]);
    });
    const [failed] = await ours(where);
    expect(failed.failure).toMatchObject({ code: String(code), title: expect.stringMatching(/\w{3}/) });
    expect(accepted(where)).toEqual(as === "status" ? ["never", "after"] : ["after"]);
  },
);

it("marks the account when its token is dead, fails what meets it, and goes on taking messages in", async () => {
  const account = await org.connect({ access_token: "dead-token" });
  const where = await thread(account.phoneNumberId);
  graph.faults.set({ deadTokens: ["dead-token"] });
  await say(where, "one");
  await eventually(async () => {
    expect(await ours(where)).toMatchObject([
      { status: "failed", failure: { code: "190", title: expect.stringContaining("access token") } },
    ]);
    const { body } = await org.call("GET", `/api/integrations/accounts/${account.id}`);
    expect(body.health).toBe("needs_reauth");
  });
  expect(accepted(where)).toEqual([]);
  await customerWrites(account.phoneNumberId, where.from, "still there?");
  expect((await conversationWith(org, where.from)).last_message).toBeDefined();
  expect(JSON.stringify(await ours(where))).not.toContain("dead-token");
});

it(
  "does not send again what turned out to have arrived while it looked for the channel",
  { timeout: 30_000 },
  async () => {
    const where = await thread();
    graph.faults.set({ answerLost: { mode: "hang", times: 1 }, latencyMs: 1000 });
    const from = graph.state.requests.length;
    await say(where, "one");
    // After the lost call it knocks first. Its status comes now: webhooks are posted when they are settled.
    await eventually(async () =>
      expect(graph.state.requests.slice(from).map((request) => request.method)).toContain("HEAD"),
    );
    await graph.settle();
    graph.faults.clear();
    // The next one leaves at once, though the one before is still at the door.
    await say(where, "two");
    await arrived(where, ["one", "two"]);
  },
);

it("sends again as soon as an account is switched on again", async () => {
  const account = await org.connect();
  const where = await thread(account.phoneNumberId);
  const switchTo = (is_active: boolean) => org.call("PATCH", `/api/integrations/accounts/${account.id}`, { is_active });
  await switchTo(false);
  await say(where, "off");
  await eventually(async () =>
    expect(await ours(where)).toMatchObject([{ status: "failed", failure: { code: "account_inactive" } }]),
  );
  await switchTo(true);
  await say(where, "on");
  await eventually(async () => {
    await graph.settle();
    expect((await ours(where))[1].status).toBe("read");
  });
});

it("does not hammer a channel that says to try again at once", { timeout: 20_000 }, async () => {
  const where = await thread();
  graph.faults.set({ rateLimit: { code: 80007, retryAfterSeconds: 0, seconds: 3 } });
  const from = graph.state.requests.length;
  await say(where, "one");
  await arrived(where, ["one"]);
  expect(
    graph.state.requests.slice(from).filter(({ path }) => path.endsWith(`${phoneNumberId}/messages`)).length,
  ).toBeLessThan(5);
});

it("waits as long as the channel asks, and no shorter than it would by itself", () => {
  const secondsAfter = (failure: "transient" | "throttled" | "pair_throttled", asked?: number) =>
    afterFailure(failure, { attempts: 3, doubts: 0, ageMs: 0 }, asked, 30);
  for (const [failure, own] of [
    ["transient", 4],
    ["throttled", 8],
    ["pair_throttled", 64],
  ] as const) {
    for (const asked of [undefined, 0, 1]) expect(secondsAfter(failure, asked)).toEqual({ do: "retry", seconds: own });
    for (const asked of [100, 3600]) expect(secondsAfter(failure, asked)).toEqual({ do: "retry", seconds: asked });
    expect(secondsAfter(failure, 999_999_999)).toEqual({ do: "retry", seconds: 86_400 });
  }
});

it("hurries no server that defers, and gives up after a day", () => {
  const after = (attempts: number, hours: number) =>
    afterFailure("deferred", { attempts, doubts: 0, ageMs: hours * 3_600_000 }, undefined, 30);
  expect([1, 4, 9, 50].map((attempts) => after(attempts, 23))).toEqual(
    [1, 8, 256, 900].map((seconds) => ({ do: "retry", seconds })),
  );
  // A message that waited behind another one is tried, too.
  expect(after(1, 48)).toEqual({ do: "retry", seconds: 1 });
  expect(after(50, 24)).toEqual({ do: "fail" });
});

const healthOf = async (id: string): Promise<string> =>
  (await org.call("GET", `/api/integrations/accounts/${id}`)).body.health;

it("goes on with a new token at once where the old one was in use a moment ago", async () => {
  const account = await org.connect({ access_token: "worn-token" });
  const where = await thread(account.phoneNumberId);
  await say(where, "one");
  await arrived(where, ["one"]);
  graph.faults.set({ deadTokens: ["worn-token"] });
  expect(
    (await org.call("PATCH", `/api/integrations/accounts/${account.id}`, { config: { access_token: "fresh-token" } }))
      .status,
  ).toBe(200);
  await say(where, "two");
  await arrived(where, ["one", "two"]);
  expect(await healthOf(account.id)).toBe("connected");
});

it("does not blame an account that got a new token while the old one was being refused", async () => {
  const account = await org.connect({ access_token: "late-token" });
  const where = await thread(account.phoneNumberId);
  const used = await loadSendingAccount(env, {
    orgId: org.id,
    tenantDb: org.tenantDbName,
    accountId: account.id,
    channel: "whatsapp",
  });
  await org.call("PATCH", `/api/integrations/accounts/${account.id}`, { config: { access_token: "fresh-token" } });
  const ctx = systemContext(
    publicContext(env, () => {}),
    { id: org.id, tenantDb: org.tenantDbName },
  );
  await markAccountFailing(
    ctx,
    account.id,
    used,
    new ChannelError("reauth", { code: "190", title: "The access token has expired" }),
  );
  expect(await healthOf(account.id)).toBe("connected");
  await say(where, "one");
  await arrived(where, ["one"]);
});

it("sends nothing through an account five seconds after it was switched off", async () => {
  const account = await org.connect();
  const where = await thread(account.phoneNumberId);
  await say(where, "one");
  await arrived(where, ["one"]);
  await org.call("PATCH", `/api/integrations/accounts/${account.id}`, { is_active: false });
  clock.now = () => realNow() + 5 * SECOND;
  await say(where, "two");
  await eventually(async () =>
    expect((await ours(where))[1]).toMatchObject({ status: "failed", failure: { code: "account_inactive" } }),
  );
  expect(accepted(where)).toEqual(["one"]);
});

it(
  "sees an account recover by the first message that goes out, or by connecting it again",
  { timeout: 20_000 },
  async () => {
    const account = await org.connect({ access_token: "sick-token" });
    const path = `/api/integrations/accounts/${account.id}`;
    const where = await thread(account.phoneNumberId);
    const fallIll = async () => {
      graph.faults.set({ deadTokens: ["sick-token"] });
      await say(where, "never");
      await eventually(async () => expect(await healthOf(account.id)).toBe("needs_reauth"));
    };
    await fallIll();
    graph.faults.clear();
    await say(where, "again");
    await eventually(async () =>
      expect((await org.call("GET", path)).body).toMatchObject({ health: "connected", health_detail: null }),
    );
    await fallIll();
    const { body: shown } = await org.call("GET", path);
    expect(await org.call("PATCH", path, { config: shown.config })).toMatchObject({
      status: 422,
      body: { code: "channel_refused" },
    });
    expect(await healthOf(account.id)).toBe("needs_reauth");
    graph.faults.clear();
    const subscription = graph.state.subscriptions.get(shown.config.waba_id)!;
    subscription.subscribed = false;
    expect(await org.call("PATCH", path, { config: shown.config })).toMatchObject({
      status: 200,
      body: { health: "connected", health_detail: null },
    });
    expect(graph.state.subscriptions.get(shown.config.waba_id)!.subscribed).toBe(true);
  },
);

it("makes one message of a hundred equal calls at the same time", async () => {
  const where = await thread();
  const bodies = await Promise.all(Array.from({ length: 100 }, () => say(where, "once", "hundred")));
  expect(new Set(bodies.map((body) => body._id)).size).toBe(1);
  await arrived(where, ["once"]);
  const other = await org.call(
    "POST",
    `/api/conversations/${where.id}/messages`,
    { type: "text", content: { text: "other" } },
    { "idempotency-key": "hundred" },
  );
  expect(other.status).toBeGreaterThanOrEqual(400);
});

const objectOf = ({ id }: Thread) => env.CONVERSATION.getByName(`${org.id}:${id}`);

it("sends the next at once when the status of one whose answer was lost has come", { timeout: 30_000 }, async () => {
  const where = await thread();
  graph.faults.set({ answerLost: { mode: "reset", times: 1 } });
  // An hour ahead, so that no alarm for what is sent now comes during the test; the one for what was received comes after ten seconds.
  clock.now = () => realNow() + HOUR;
  await say(where, "one");
  await eventually(async () => expect(accepted(where)).toEqual(["one"]));
  await say(where, "two");
  await arrived(where, ["one", "two"], 6);
});

it.each([
  ["the channel had it", { answerLost: { mode: "hang", times: 1 } }],
  ["the channel never had it", { outage: { mode: "hang", times: 1 } }],
] satisfies [string, GraphFaults][])(
  "sends once although the object stops while it is sending: %s",
  { timeout: 30_000 },
  async (_name, faults) => {
    const where = await thread();
    graph.faults.set(faults);
    await say(where, "one");
    await say(where, "two");
    await eventually(async () => expect((await ours(where))[0].status).toBe("sending"));
    await evictDurableObject(objectOf(where) as unknown as Parameters<typeof evictDurableObject>[0]);
    await arrived(where, ["one", "two"], 25);
  },
);

it(
  "brings a customer's message to the list at once, also right after an agent's command",
  { timeout: 20_000 },
  async () => {
    const where = await thread();
    for (let round = 0; round < 2; round++) {
      await org.call("PATCH", `/api/conversations/${where.id}/status`, { status: round === 0 ? "pending" : "open" });
      await say(where, `answer ${round}`);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await customerWrites(phoneNumberId, where.from, `question ${round}`);
      await eventually(async () => {
        const { body } = await org.call("GET", `/api/conversations?q=${where.from}`);
        expect(body.data[0].last_message).toBe(`question ${round}`);
      }, 3.5);
    }
  },
);

it("keeps storage and memory together when a delivery cannot be kept", { timeout: 20_000 }, async () => {
  const where = await thread();
  const stub = objectOf(where) as unknown as Parameters<typeof evictDurableObject>[0];
  const onStorage = (sql: string) => runInDurableObject(stub, (_, state) => void state.storage.sql.exec(sql));
  await onStorage(
    "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN new.external_id = 'wamid.refused' BEGIN SELECT raise(ABORT, 'refused'); END",
  );
  graph.customers.deliverBatch([
    { phoneNumberId, from: where.from, text: "before it" },
    { phoneNumberId, from: where.from, text: "refused", id: "wamid.refused" },
  ]);
  await graph.settle();
  const counts = async () => {
    const { row, counts: has } = (await (objectOf(where) as any).inspect()) as {
      counts: { messages: number };
      row: { message_count: number; unread_count: number };
    };
    return [row.message_count, row.unread_count, has.messages];
  };
  expect(await counts()).toEqual([1, 1, 1]);
  await onStorage("DROP TRIGGER refuse");
  await customerWrites(phoneNumberId, where.from, "next");
  // Refused updates were parked, and come again.
  await eventually(async () => expect(await counts()).toEqual([4, 4, 4]), 15);
});

it("keeps what came before a message had its name until it is applied", async () => {
  const where = await thread();
  const onStorage = (work: (sql: SqlStorage) => unknown) =>
    runInDurableObject(objectOf(where) as unknown as Parameters<typeof evictDurableObject>[0], (_, state) =>
      work(state.storage.sql),
    );
  // "read" comes before the answer to the send, and cannot be kept.
  await onStorage((sql) => {
    sql.exec(OPTIONAL_TABLES.early_updates);
    sql.exec(`CREATE TRIGGER early AFTER UPDATE ON messages WHEN new.doc ->> 'status' = 'sent' BEGIN
      INSERT OR IGNORE INTO early_updates SELECT new.external_id, 'read', json_object('kind', 'status', 'account', '', 'to', json('{}'), 'externalId', new.external_id, 'status', 'read', 'at', 1), 1e15; END`);
    sql.exec(
      "CREATE TRIGGER refuse BEFORE UPDATE ON messages WHEN new.doc ->> 'status' = 'read' BEGIN SELECT raise(ABORT, 'refused'); END",
    );
  });
  await say(where, "one");
  await eventually(async () => expect((await ours(where))[0].status).toBe("sent"));
  expect(await onStorage((sql) => sql.exec("SELECT count(*) AS n FROM early_updates").one())).toEqual({ n: 1 });
  await onStorage((sql) => {
    sql.exec("DROP TRIGGER early");
    sql.exec("DROP TRIGGER refuse");
  });
});
