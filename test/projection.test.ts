import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { ConversationObject } from "../durable-objects/conversation";
import { OPTIONAL_TABLES } from "../durable-objects/versions";
import { projectConversations } from "../queues/project";
import { publicContext } from "../src/app";
import { project } from "../src/effects/projection";
import type { ConversationApi } from "../src/domain/object-apis";
import { clock } from "../src/kit/clock";
import {
  conversationWith,
  customerWrites,
  eventually,
  graph,
  type Org,
  organization,
  phone,
  projected,
  unprojected,
} from "./harness";

const objectOf = (org: Org, id: string) => env.CONVERSATION.getByName(`${org.id}:${id}`);

/** The customer writes all of this at once; `look` sees the conversation before any consumer does. */
const writesAtOnce = <T>(
  org: Org,
  id: string,
  texts: readonly string[],
  look: (object: ConversationObject) => T | Promise<T>,
): Promise<T> =>
  runInDurableObject(objectOf(org, id), async (instance) => {
    const object = instance as unknown as ConversationObject;
    await object.ingest({
      identity: undefined as never,
      org: { id: org.id, tenantDb: org.tenantDbName, country: null },
      updates: texts.map((text) => ({
        kind: "message",
        account: "",
        from: {},
        message: { externalId: `wamid.${crypto.randomUUID()}`, at: clock.now(), type: "text", content: { text } },
      })),
      isLocated: true,
      mayBegin: true,
    });
    return look(object);
  });

async function begun() {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hello");
  return { org, phoneNumberId, from, id: (await conversationWith(org, from)).id as string };
}

const hits = async (org: Org, word: string): Promise<number> =>
  (await org.call("GET", `/api/messages/search?q=${word}&limit=100`)).body.data.length;

it("does not take a contact's name back to what a slow consumer had read before", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hello");
  const { id, contact_id: contactId } = await conversationWith(org, from);
  // A consumer reads this, and is then held up …
  const read = await eventually(async () => {
    await customerWrites(phoneNumberId, from, "More", { name: "Before" });
    const projection = await unprojected(org, id);
    if (!projection) throw new Error("the consumer was faster");
    return projection;
  });
  // … while the customer changes the name, which is written.
  await customerWrites(phoneNumberId, from, "Again", { name: "After" });
  const nameOf = async () =>
    (await org.tenantDb.prepare("SELECT name FROM contacts WHERE id = ?").bind(contactId).first<{ name: string }>())
      ?.name;
  await eventually(async () => expect(await nameOf()).toBe("After"));
  await project(env, [read]);
  expect(await nameOf()).toBe("After");
  expect((await conversationWith(org, from)).last_message).toBe("Again");
});

it("finds a text although an agent answered while the consumer brought it to D1", { timeout: 30_000 }, async () => {
  const { org, id } = await begun();
  const read = await writesAtOnce(org, id, ["overtaken"], async (object) => (await object.unprojected(0))!);
  const { status } = await org.call("POST", `/api/conversations/${id}/messages`, {
    type: "text",
    content: { text: "Yes" },
  });
  expect(status).toBe(201);
  await project(env, [read]);
  await eventually(async () => expect(await hits(org, "overtaken")).toBe(1));
});

/** As D1 is in production, and miniflare's is not: a string of more than two million bytes is refused. */
function withLimits(d1: D1Database, bound: number[]): D1Database {
  const limited = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) =>
        name === "bind"
          ? (...values: unknown[]) => {
              bound.push(...values.map((value) => (typeof value === "string" ? Buffer.byteLength(value) : 0)));
              if (bound.some((bytes) => bytes > 2_000_000))
                throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
              return target.bind(...values);
            }
          : Reflect.get(target, name, target),
    });
  const session = (inner: D1DatabaseSession): D1DatabaseSession =>
    ({
      prepare: (sql: string) => limited(inner.prepare(sql)),
      batch: inner.batch.bind(inner),
      getBookmark: inner.getBookmark.bind(inner),
    }) as D1DatabaseSession;
  return { withSession: (constraint: string) => session(d1.withSession(constraint)) } as D1Database;
}

it("brings to D1 in parts that it takes what many conversations have to say", { timeout: 60_000 }, async () => {
  const { org, phoneNumberId, id } = await begun();
  const others = [phone(), phone(), phone(), phone()];
  for (const from of others) await customerWrites(phoneNumberId, from, "Hello");
  const ids = [
    id,
    ...(await Promise.all(others.map(async (from) => (await conversationWith(org, from)).id as string))),
  ];
  // 70 of 12 KB: more than one conversation may say at once.
  const texts = Array.from({ length: 70 }, (_, n) => `heavy ${n} ${"語".repeat(4000)}`);
  const sizes = await Promise.all(
    ids.map((one) =>
      writesAtOnce(org, one, texts, async (object) => JSON.stringify(await object.unprojected(0)).length),
    ),
  );
  for (const size of sizes) expect(size).toBeGreaterThan(100_000);
  const bound: number[] = [];
  const limited = { ...env, [org.tenantDbName]: withLimits(org.tenantDb, bound) } as unknown as Env;
  const messages = ids.map((conversationId) => ({
    kind: "project" as const,
    orgId: org.id,
    tenantDb: org.tenantDbName,
    conversationId,
  }));
  expect(
    await projectConversations(
      publicContext(limited, () => {}),
      messages,
    ),
  ).toEqual(new Map());
  expect(bound.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(2_000_000);
  // The rest comes the next time, and all of it arrives.
  for (const one of ids)
    await eventually(
      async () =>
        expect(
          (await org.call("GET", `/api/messages/search?q=heavy&limit=100&conversation_id=${one}`)).body.data,
        ).toHaveLength(70),
      20,
    );
});

it("brings no tick to D1, and leaves nothing to do once the alarm has looked", { timeout: 30_000 }, async () => {
  const { org, phoneNumberId, from, id } = await begun();
  const stub = objectOf(org, id);
  const inspect = async () => (await (stub as unknown as ConversationApi).inspect())!;
  const rowOf = () => org.tenantDb.prepare("SELECT * FROM conversations WHERE id = ?").bind(id).first();
  const body = { type: "text", content: { text: "Yes" } };
  expect((await org.call("POST", `/api/conversations/${id}/messages`, body)).status).toBe(201);
  const message = () =>
    org.call("GET", `/api/conversations/${id}/messages`).then(({ body: page }) => page.messages.at(-1));
  await eventually(async () => expect((await message()).status).toBe("sent"));
  await projected(org, id);
  const row = await rowOf();
  const { seq } = await inspect();
  const { wamid } = graph.state.messages.findLast(({ to }) => to?.endsWith(from))!;
  graph.customers.emitStatuses(wamid, ["delivered", "read"]);
  await graph.settle();
  await eventually(async () => expect(await message()).toMatchObject({ status: "read" }));
  expect(await unprojected(org, id)).toBeUndefined();
  expect(await rowOf()).toEqual(row);
  await eventually(async () =>
    expect(await inspect()).toMatchObject({ seq: seq + 2, published: seq + 2, projected: seq + 2 }),
  );
  const alarm = () => runInDurableObject(stub, (_object, { storage }) => storage.getAlarm());
  expect(await alarm()).not.toBeNull();
  await runDurableObjectAlarm(stub);
  expect(await alarm()).toBeNull();
  // A start without an alarm: nothing is published again, though the stored cursors are behind.
  const lastFrame = () =>
    runInDurableObject(
      env.INBOX.getByName(org.id),
      (_object, { storage }) => storage.sql.exec<{ n: number }>("SELECT max(last) AS n FROM frames").one().n,
    );
  const before = await lastFrame();
  await evictDurableObject(stub);
  await customerWrites(phoneNumberId, from, "Thanks");
  await eventually(async () => expect(await inspect()).toMatchObject({ seq: seq + 3, published: seq + 3 }));
  expect(await lastFrame()).toBe(before + 1);
});

it("delivers what an alarm finds that the start did not know of", { timeout: 20_000 }, async () => {
  const { org, id } = await begun();
  const stub = objectOf(org, id);
  const inspect = async () => (await (stub as unknown as ConversationApi).inspect())!;
  await eventually(async () => expect((await inspect()).published).toBe(2));
  // The inbox did not get the events, and the platform shows no alarm while it runs.
  const frames = (sql: string) =>
    runInDurableObject(env.INBOX.getByName(org.id), (_object, { storage }) => storage.sql.exec(sql).toArray());
  await frames("DELETE FROM frames");
  await runInDurableObject(stub, async (_object, { storage }) => {
    storage.kv.put("conversation", { ...storage.kv.get<object>("conversation")!, published: 0 });
    await storage.deleteAlarm();
  });
  await evictDurableObject(stub);
  await runInDurableObject(stub, (object) => (object as unknown as ConversationObject).alarm());
  await eventually(async () => expect(await frames("SELECT last - first + 1 AS n FROM frames")).toEqual([{ n: 2 }]));
});

it("brings a backlog to D1 without waiting for an alarm between its parts", { timeout: 60_000 }, async () => {
  const { org, id } = await begun();
  const inspect = async () => (await (objectOf(org, id) as unknown as ConversationApi).inspect())!;
  // D1 refuses the conversation while 700 messages come.
  await org.tenantDb
    .prepare(
      `CREATE TRIGGER backlog BEFORE INSERT ON texts WHEN NEW.conversation_id = '${id}' BEGIN SELECT raise(ABORT, 'refused'); END`,
    )
    .run();
  const texts = Array.from({ length: 700 }, (_, n) => `backlog ${n}`);
  await writesAtOnce(org, id, texts, () => undefined);
  await eventually(async () => expect((await inspect()).published).toBe(702), 20);
  await org.tenantDb.prepare("DROP TRIGGER backlog").run();
  await projected(org, id);
  await eventually(async () => expect((await inspect()).projected).toBe(702), 5);
});

it("publishes nothing again when only a file waits", { timeout: 30_000 }, async () => {
  const { org, id } = await begun();
  const stub = objectOf(org, id);
  const inspect = async () => (await (stub as unknown as ConversationApi).inspect())!;
  await writesAtOnce(org, id, ["with a file"], () => undefined);
  await runInDurableObject(stub, (_object, { storage }) => {
    storage.sql.exec(OPTIONAL_TABLES.media_jobs);
    const [message] = storage.sql.exec<{ id: string }>("SELECT id FROM messages ORDER BY id DESC LIMIT 1").toArray();
    storage.sql.exec(
      "UPDATE messages SET doc = json_set(doc, '$.media', json(?)) WHERE id = ?",
      JSON.stringify({ reference: { externalId: "gone" }, state: "pending", id: "m", attempts: 1 }),
      message!.id,
    );
    // Its next attempt is hours away.
    storage.sql.exec("INSERT INTO media_jobs VALUES ('m', ?, 5, ?)", message!.id, clock.now() + 6 * 3_600_000);
  });
  await evictDurableObject(stub);
  await eventually(async () => {
    await projected(org, id);
    const { seq, published } = await inspect();
    expect(published).toBe(seq);
  });
  await runDurableObjectAlarm(stub);
  const frames = (sql: string) =>
    runInDurableObject(env.INBOX.getByName(org.id), (_object, { storage }) => storage.sql.exec(sql).toArray());
  // By then the inbox has forgotten the events.
  await frames("DELETE FROM frames");
  await evictDurableObject(env.INBOX.getByName(org.id));
  await evictDurableObject(stub);
  await runDurableObjectAlarm(stub);
  expect(await frames("SELECT last FROM frames")).toEqual([]);
});
