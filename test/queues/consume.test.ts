import {
  createExecutionContext,
  createMessageBatch,
  type evictDurableObject,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { consume, DEAD_QUEUE } from "../../queues";
import { projectConversations } from "../../queues/project";
import { retryDelaySeconds } from "../../queues/retry";
import { publicContext } from "../../src/app";
import { uuidV7 } from "../../src/kit/id";
import { conversationIdOf } from "../../src/domain/ids";
import { customerWrites, eventually, type Org, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const context = () => publicContext(env, () => {});
const dead = (id: string) => env.CONTROL_DB.prepare("SELECT * FROM dead_letters WHERE id = ?").bind(id).first<any>();

async function run(queue: string, bodies: unknown[]) {
  const ids = bodies.map(() => uuidV7(Date.now()));
  const batch = createMessageBatch(
    queue,
    bodies.map((body, i) => ({ id: ids[i]!, timestamp: new Date(), attempts: 1, body })),
  );
  await consume(batch, context());
  return { ids, result: await getQueueResult(batch, createExecutionContext()) };
}

async function conversation(org: Org) {
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from);
  const conversationId = conversationIdOf(org.id, account.id, `+${from}`);
  return {
    from,
    phoneNumberId: account.phoneNumberId,
    conversationId,
    message: { kind: "project", orgId: org.id, tenantDb: org.tenantDbName, conversationId },
  };
}
const row = (org: Org, id: string) =>
  org.tenantDb.prepare("SELECT * FROM conversations WHERE id = ?").bind(id).first<any>();

it("acknowledges what it has projected, and what there is nothing to say of", async () => {
  const org = await organization();
  const { message, conversationId } = await conversation(org);
  const { ids, result } = await run("omnistream-events", [
    message,
    message,
    { ...message, conversationId: crypto.randomUUID() },
  ]);
  expect(result.explicitAcks.toSorted()).toEqual(ids.toSorted());
  expect(await row(org, conversationId)).toMatchObject({ message_count: 1, unread_count: 1 });
});

it("keeps a message that is none as dead, and does the others", async () => {
  const org = await organization();
  const { message, conversationId } = await conversation(org);
  const { ids, result } = await run("omnistream-events", [{ kind: "nonsense" }, "text", null, message]);
  expect(result).toMatchObject({ outcome: "ok", retryMessages: [] });
  expect(result.explicitAcks.toSorted()).toEqual(ids.toSorted());
  expect(await dead(ids[0]!)).toMatchObject({
    queue: "omnistream-events",
    body: '{"kind":"nonsense"}',
    replayed_at: null,
  });
  expect(await dead(ids[1]!)).not.toBeNull();
  expect(await dead(ids[3]!)).toBeNull();
  expect(await row(org, conversationId)).not.toBeNull();
});

it("tries again what failed, and that alone", async () => {
  const org = await organization();
  const { message } = await conversation(org);
  const { ids, result } = await run("omnistream-events", [
    message,
    { ...message, conversationId: "not there", tenantDb: "TENANT_DB_99" },
    { ...message, orgId: "another", conversationId: "x" },
  ]);
  // A conversation without state has nothing to say, whatever it is called.
  expect(result.explicitAcks).toContain(ids[0]);
  expect(
    result.retryMessages
      .map((m) => m.msgId)
      .concat(result.explicitAcks)
      .toSorted(),
  ).toEqual(ids.toSorted());
});

it("does not let a conversation whose rows D1 refuses hold up the others of its tenant", async () => {
  const org = await organization();
  const [good, bad] = [await conversation(org), await conversation(org)];
  await eventually(async () => expect(await row(org, good.conversationId)).not.toBeNull());
  await eventually(async () => expect(await row(org, bad.conversationId)).not.toBeNull());
  // A database that refuses one row, as a constraint or a full disk would.
  await org.tenantDb
    .prepare(
      `CREATE TRIGGER refuse BEFORE UPDATE ON conversations WHEN NEW.id = '${bad.conversationId}' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    )
    .run();
  try {
    await Promise.all([
      customerWrites(good.phoneNumberId, good.from, "Two"),
      customerWrites(bad.phoneNumberId, bad.from, "Two"),
    ]);
    const messages = [good.message, bad.message] as Parameters<typeof projectConversations>[1];
    const failed = await projectConversations(context(), messages);
    expect([...failed.keys()]).toEqual([messages[1]]);
    expect(await row(org, good.conversationId)).toMatchObject({ message_count: 2 });
    expect(await row(org, bad.conversationId)).toMatchObject({ message_count: 1 });
  } finally {
    await org.tenantDb.prepare("DROP TRIGGER refuse").run();
  }
  // Nothing was lost meanwhile.
  expect(
    (await projectConversations(context(), [bad.message] as Parameters<typeof projectConversations>[1])).size,
  ).toBe(0);
  expect(await row(org, bad.conversationId)).toMatchObject({ message_count: 2 });
});

it("does not let a conversation that hangs hold up the others", async () => {
  const org = await organization();
  const [good, hanging] = [await conversation(org), await conversation(org)];
  const stub = env.CONVERSATION.getByName(`${org.id}:${hanging.conversationId}`) as unknown as Parameters<
    typeof evictDurableObject
  >[0];
  let hangs = false;
  const over = runInDurableObject(stub, (_, state) => {
    hangs = true;
    void state.blockConcurrencyWhile(() => new Promise((resolve) => setTimeout(resolve, 12_000)));
  });
  await eventually(async () => expect(hangs).toBe(true));
  const messages = [good.message, hanging.message] as Parameters<typeof projectConversations>[1];
  const failed = await projectConversations(context(), messages);
  expect([...failed.keys()]).toEqual([messages[1]]);
  expect(await row(org, good.conversationId)).not.toBeNull();
  await over;
});

it("keeps what no retry helped", async () => {
  const orgId = crypto.randomUUID();
  const { ids, result } = await run(DEAD_QUEUE, [{ kind: "project", orgId }, { kind: "parked" }]);
  expect(result.explicitAcks.toSorted()).toEqual(ids.toSorted());
  expect(await dead(ids[0]!)).toMatchObject({
    org_id: orgId,
    body: JSON.stringify({ kind: "project", orgId }),
    error: "every retry failed",
  });
  expect(await dead(ids[1]!)).toMatchObject({ org_id: null });
});

it("delivers what is parked, keeps what is nobody's until somebody has the account, and gives up what always fails", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  const update = {
    kind: "message",
    account: account.phoneNumberId,
    from: { address: `+${from}` },
    message: { externalId: `wamid.${from}`, at: Date.now(), type: "text", content: { text: "parked" } },
  };
  const [mine, nobodys, broken] = [uuidV7(Date.now()), uuidV7(Date.now()), uuidV7(Date.now())];
  const insert = env.CONTROL_DB.prepare(
    "INSERT INTO parked_updates (id, reason, channel, account, payload, next_at, created_at) VALUES (?, 'busy', 'whatsapp', ?, ?, ?, ?)",
  );
  await env.CONTROL_DB.batch([
    insert.bind(mine, account.phoneNumberId, JSON.stringify([update, update]), Date.now(), Date.now()),
    insert.bind(nobodys, "000111", JSON.stringify([update]), Date.now(), Date.now()),
    insert.bind(broken, account.phoneNumberId, "[", Date.now(), Date.now()),
  ]);
  const { ids, result } = await run("omnistream-parked", [{ kind: "parked" }]);
  expect(result.explicitAcks).toEqual(ids);
  const { body } = await org.call(
    "GET",
    `/api/conversations/${conversationIdOf(org.id, account.id, `+${from}`)}/messages`,
  );
  expect(body.messages.map((m: any) => m.content.text)).toEqual(["parked"]);
  const left = await env.CONTROL_DB.prepare(
    "SELECT id, reason, attempts, next_at FROM parked_updates WHERE id IN (?, ?, ?) ORDER BY reason",
  )
    .bind(mine, nobodys, broken)
    .all<any>();
  expect(left.results).toMatchObject([
    { id: broken, reason: "busy", attempts: 1 },
    { id: nobodys, reason: "unrouted", attempts: 0, next_at: null },
  ]);
  // The twentieth try is the last; then an operator sees it.
  await env.CONTROL_DB.prepare("UPDATE parked_updates SET attempts = 19, next_at = ? WHERE id = ?")
    .bind(Date.now(), broken)
    .run();
  await run("omnistream-parked", [{ kind: "parked" }]);
  expect(await dead(broken)).toMatchObject({
    queue: "parked_updates",
    attempts: 20,
    error: expect.stringContaining("SyntaxError"),
  });
  await env.CONTROL_DB.prepare("DELETE FROM parked_updates WHERE id IN (?, ?)").bind(nobodys, broken).run();
});

it("waits longer with each try, never more than five minutes, and gives up in the end", () => {
  expect([1, 2, 3, 8, 9, 10, 11].map((attempts) => retryDelaySeconds(attempts, 11))).toEqual([
    2,
    4,
    8,
    256,
    300,
    300,
    undefined,
  ]);
});
