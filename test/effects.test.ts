import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../src/app";
import { everyMinute } from "./minute";
import { effect } from "../src/domain/effect";
import { type EntityEvent, happened } from "../src/domain/event";
import { conversationIdOf } from "../src/domain/ids";
import { effects } from "../src/composition";
import { project } from "../src/effects/projection";
import { clock, HOUR } from "../src/kit/clock";
import { uuidV5 } from "../src/kit/id";
import { insertRows } from "../src/kit/rows";
import { call, customerWrites, eventually, type Org, organization, phone, unprojected } from "./harness";

/** Effects of events: what a new one takes, and that each is applied exactly once. */

vi.setConfig({ testTimeout: 30_000 });

const before = effects.length;
afterEach(() => {
  effects.length = before;
  vi.restoreAllMocks();
});

/** A table for a test's effect, in which each application leaves a row. */
async function applied(org: Org): Promise<{ table: string; count: () => Promise<number> }> {
  const table = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await org.tenantDb.prepare(`CREATE TABLE ${table} (id TEXT PRIMARY KEY, org_id TEXT NOT NULL)`).run();
  const count = async () =>
    (await org.tenantDb.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())!.n;
  return { table, count };
}

const stubOf = (org: Org, id: string) =>
  env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as Parameters<typeof evictDurableObject>[0];
const cron = (): Promise<void> => everyMinute(publicContext(env, () => {}));

it("takes ten lines, and applies to each event of a conversation exactly once, also over a crash", async () => {
  const org = await organization();
  const { id: accountId, phoneNumberId } = await org.connect();
  const { table, count } = await applied(org);
  effects.push(
    effect<{ id: string }>({
      name: "test",
      fromConversation: ({ state, events }) =>
        events
          .filter(({ type }) => type === "message.received")
          .map(({ seq }) => ({ id: uuidV5(state.id, `test:${seq}`) })),
      // Other files' organizations are projected in the same process.
      statements: (db, rows) =>
        db.orgId === org.id ? [db.sql(insertRows(table, ["id"], { or: "OR IGNORE" }), JSON.stringify(rows))] : [],
    }),
  );
  const from = phone();
  const id = conversationIdOf(org.id, accountId, `+${from}`);
  for (let n = 1; n <= 5; n++) {
    await customerWrites(phoneNumberId, from, `message ${n}`);
    // A consumer that dies after its batch, or before it: the object does not hear of either, and stops as well.
    const read = await unprojected(org, id);
    if (read && n % 2 === 0) await project(env, [read]);
    await evictDurableObject(stubOf(org, id));
  }
  await org.call("POST", `/api/conversations/${id}/takeover`);
  await eventually(async () => expect(await unprojected(org, id)).toBeUndefined());
  expect(await count()).toBe(5);
});

it("writes an entity's rows with the change, and delivers beyond it until it succeeds, once", async () => {
  const org = await organization();
  const { table, count } = await applied(org);
  const delivered: string[] = [];
  let isAway = true;
  effects.push(
    effect<{ id: string }>({
      name: "test",
      fromEntity: ({ id, type }) => (type === "quick_reply.created" ? [{ id }] : undefined),
      statements: (db, rows) => (db.orgId === org.id ? [db.sql(insertRows(table, ["id"]), JSON.stringify(rows))] : []),
      deliver: ({ id, type, entityId }) =>
        type === "quick_reply.created" && entityId !== ""
          ? async () => {
              if (isAway) throw new Error("the receiver is away");
              delivered.push(id);
            }
          : undefined,
    }),
  );
  vi.spyOn(console, "error").mockImplementation(() => {});
  const body = { title: "Hours", content: "We open at nine", shortcut: "hours" };
  expect((await org.call("POST", "/api/quick-replies", body)).status).toBe(201);
  expect(await count()).toBe(1);
  // A change that is refused leaves neither rows nor an event.
  expect((await org.call("POST", "/api/quick-replies", body)).status).toBe(409);
  expect(await count()).toBe(1);
  expect(delivered).toEqual([]);
  isAway = false;
  await later(HOUR, cron);
  await later(HOUR, cron);
  expect(delivered).toHaveLength(1);
  expect(await count()).toBe(1);
});

it("commits the events that an event leads to in its batch, with effects of their own, and refuses a circle", async () => {
  const org = await organization();
  const { table, count } = await applied(org);
  let isCircle = false;
  effects.push(
    effect<{ id: string }>({
      name: "test",
      leadsTo: ({ type, entityId }) =>
        type === "quick_reply.created" || (isCircle && type === "quick_reply.updated")
          ? async () => [happened("quick_reply.updated", entityId, { title: ["a", "b"] })]
          : undefined,
      fromEntity: ({ id, type }) => (type === "quick_reply.updated" ? [{ id }] : undefined),
      statements: (db, rows) => (db.orgId === org.id ? [db.sql(insertRows(table, ["id"]), JSON.stringify(rows))] : []),
    }),
  );
  const { body: reply } = await org.call("POST", "/api/quick-replies", { title: "Hours", content: "At nine" });
  expect(await count()).toBe(1);
  const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=quick_reply&entity_id=${reply.id}`);
  expect(log.data.map((row: any) => [row.action, row.actor_id]).toSorted()).toEqual([
    ["quick_reply.create", org.agentId],
    ["quick_reply.update", org.agentId],
  ]);
  isCircle = true;
  vi.spyOn(console, "error").mockImplementation(() => {});
  expect((await org.call("POST", "/api/quick-replies", { title: "Round", content: "and round" })).status).toBe(500);
  expect((await org.call("GET", "/api/quick-replies")).body.data).toHaveLength(1);
});

it("leaves an event that can never be delivered where the operator sees it, and sends it again", async () => {
  const org = await organization();
  let isAway = true;
  let delivered = 0;
  effects.push(
    effect({
      name: "test",
      deliver: ({ type }) =>
        type === "quick_reply.created"
          ? async (ctx) => {
              if (ctx.orgId !== org.id) return;
              if (isAway) throw new Error("the receiver is gone");
              delivered++;
            }
          : undefined,
    }),
  );
  vi.spyOn(console, "error").mockImplementation(() => {});
  await org.call("POST", "/api/quick-replies", { title: "Hours", content: "We open at nine" });
  for (let n = 1; n <= 12; n++) await later(n * HOUR, cron);
  const operator = { authorization: "Bearer test-operator-token-0123456789" };
  const dead = async () =>
    (await call("GET", "/operator/dead-letters?limit=100", undefined, operator)).body.data.find(
      (letter: any) => letter.org_id === org.id,
    );
  expect(await dead()).toMatchObject({ queue: "outbox", error: "Error: the receiver is gone" });
  isAway = false;
  await call("POST", "/operator/dead-letters/replay", { ids: [(await dead()).id] }, operator);
  await eventually(async () => expect(delivered).toBe(1));
});

it("tells of a contact that a customer's first message creates, once, and only where somebody is concerned", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const { table, count } = await applied(org);
  const told: EntityEvent[] = [];
  effects.push(
    effect<{ id: string }>({
      name: "test",
      fromEntity: ({ id, type }) => (type === "contact.created" ? [{ id }] : undefined),
      statements: (db, rows) => (db.orgId === org.id ? [db.sql(insertRows(table, ["id"]), JSON.stringify(rows))] : []),
      deliver: (event) => (event.type === "contact.created" ? async () => void told.push(event) : undefined),
    }),
  );
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hi", { name: "Rina" });
  await eventually(async () => expect(told.filter(({ data }) => data["phone_number"] === `+${from}`)).toHaveLength(1));
  await customerWrites(phoneNumberId, from, "Hi again", { name: "Rina" });
  await eventually(async () =>
    expect((await org.call("GET", "/api/conversations")).body.data[0].last_message).toBe("Hi again"),
  );
  expect(told.filter(({ data }) => data["phone_number"] === `+${from}`)).toMatchObject([
    { type: "contact.created", data: { name: "Rina", channel_source: "whatsapp" } },
  ]);
  expect(await count()).toBe(1);
  effects.length = before;
  await customerWrites(phoneNumberId, phone(), "Nobody asks");
  await eventually(async () => expect((await org.call("GET", "/api/contacts")).body.data).toHaveLength(2));
  expect(await org.tenantDb.prepare("SELECT 1 FROM outbox WHERE org_id = ?").bind(org.id).first()).toBeNull();
});

/** Does something as if so many milliseconds had passed. */
async function later(ms: number, work: () => Promise<void>): Promise<void> {
  const now = clock.now();
  const spy = vi.spyOn(clock, "now").mockImplementation(() => now + ms);
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
}
