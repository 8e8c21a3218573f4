import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { allocate } from "../src/domain/routing";
import { publicContext } from "../src/app";
import { oldestWaiting, openWork, ORGANIZATIONS_WITH_WORK } from "../src/areas/divisions/queue";
import { everyMinute } from "./minute";
import { clock, MINUTE } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { TenantDatabase } from "../src/kit/database";
import { uuidV7 } from "../src/kit/id";
import {
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  type Org,
  organization,
  phone,
} from "./harness";
import { volume } from "./volume";

vi.setConfig({ testTimeout: 300_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

interface Setup {
  org: Org;
  divisionId: string;
  phoneNumberId: string;
}

/** An organization whose number brings what comes in into a division. */
async function setup(method: "manual" | "round_robin" | "least_busy"): Promise<Setup> {
  const org = await organization();
  const { id: accountId, phoneNumberId } = await org.connect();
  const { body } = await org.call("POST", "/api/divisions", { name: "Sales", allocation_method: method });
  await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { division_id: body.id });
  return { org, divisionId: body.id, phoneNumberId };
}

/** A member of the division, online by hand unless it is said otherwise. */
async function member(
  { org, divisionId }: Setup,
  { capacity = null, isOnline = true }: { capacity?: number | null; isOnline?: boolean } = {},
): Promise<Caller> {
  const agent = await org.agent();
  if (capacity !== null) await org.call("PATCH", `/api/agents/${agent.agentId}`, { capacity });
  if (isOnline) await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: true });
  await org.call("POST", `/api/divisions/${divisionId}/agents`, { agent_ids: [agent.agentId] });
  return agent;
}

/** So many customers write at the same moment, each for the first time, a hundred in a delivery. */
async function arrive({ phoneNumberId }: Setup, n: number): Promise<void> {
  const first = Math.floor(Math.random() * 1e7) * 1e4;
  const items = Array.from({ length: n }, (_, i) => ({
    phoneNumberId,
    from: `62${first + i}`,
    name: `Customer ${i}`,
    text: "Hello",
  }));
  for (let i = 0; i < n; i += 100) graph.customers.deliverBatch(items.slice(i, i + 100));
  await graph.settle();
}

interface Counts {
  waiting: number;
  by: Record<string, number>;
}

async function counts(org: Org): Promise<Counts> {
  const { results } = await org.tenantDb
    .prepare(
      "SELECT assigned_agent_id AS agent, count(*) AS n FROM conversations WHERE org_id = ? AND status <> 'resolved' GROUP BY assigned_agent_id",
    )
    .bind(org.id)
    .all<{ agent: string; n: number }>();
  return {
    waiting: results.find((row) => row.agent === "")?.n ?? 0,
    by: Object.fromEntries(results.filter((row) => row.agent !== "").map((row) => [row.agent, row.n])),
  };
}

const settled = (org: Org, expected: Partial<Counts>, seconds = 10): Promise<void> =>
  eventually(async () => expect(await counts(org)).toMatchObject(expected), seconds);

/** The load that D1 maintains is what there is. */
async function expectLoads(org: Org): Promise<void> {
  const { results } = await org.tenantDb
    .prepare(
      "SELECT scope_id AS agent_id, open + pending AS conversations FROM gauges WHERE org_id = ? AND scope = 'agent' AND scope_id <> '' AND open + pending <> 0",
    )
    .bind(org.id)
    .all<any>();
  expect(Object.fromEntries(results.map((row) => [row.agent_id, row.conversations]))).toEqual((await counts(org)).by);
}

async function say(s: Setup): Promise<any> {
  const from = phone();
  await customerWrites(s.phoneNumberId, from);
  return conversationWith(s.org, from);
}

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
const resolve = (s: Setup, id: string) =>
  s.org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
const assigneeOf = async (s: Setup, id: string): Promise<string | null> =>
  (await s.org.call("GET", `/api/conversations/${id}`)).body.assigned_agent_id;

it("gives all that arrive at once to two agents: none twice, none left, as many to one as to the other", async () => {
  const each = volume(500);
  const s = await setup("round_robin");
  const [ana, bob] = [await member(s), await member(s)];
  await arrive(s, 2 * each);
  await settled(s.org, { waiting: 0, by: { [ana.agentId]: each, [bob.agentId]: each } }, 120);
  // Once each: came in, was given, and nothing else.
  const { results } = await s.org.tenantDb
    .prepare("SELECT DISTINCT version, status FROM conversations WHERE org_id = ?")
    .bind(s.org.id)
    .all();
  expect(results).toEqual([{ version: 2, status: "open" }]);
  await expectLoads(s.org);
  // And goes on where it was: the order of turns outlives the rounds.
  await arrive(s, 1);
  await arrive(s, 1);
  await settled(s.org, { waiting: 0, by: { [ana.agentId]: each + 1, [bob.agentId]: each + 1 } });
});

it("stops at capacity with none left while someone has room, and goes on when there is more", async () => {
  const s = await setup("round_robin");
  const [ana, bob] = [await member(s, { capacity: 30 }), await member(s, { capacity: 100 })];
  await arrive(s, 200);
  await settled(s.org, { waiting: 70, by: { [ana.agentId]: 30, [bob.agentId]: 100 } }, 30);
  await s.org.call("PATCH", `/api/agents/${ana.agentId}`, { capacity: 60 });
  await settled(s.org, { waiting: 40, by: { [ana.agentId]: 60, [bob.agentId]: 100 } });
  await s.org.call("PATCH", `/api/agents/${bob.agentId}`, { capacity: null });
  await settled(s.org, { waiting: 0, by: { [ana.agentId]: 60, [bob.agentId]: 140 } });
  await expectLoads(s.org);
});

it("gives to the least busy, counting what they have of elsewhere", async () => {
  const s = await setup("least_busy");
  const elsewhere = await s.org.connect();
  const ana = await member(s);
  for (let i = 0; i < 4; i++) {
    const from = phone();
    await customerWrites(elsewhere.phoneNumberId, from);
    await s.org.call("PATCH", `/api/conversations/${(await conversationWith(s.org, from)).id}/assign`, {
      agent_id: ana.agentId,
    });
  }
  const bob = await member(s);
  await arrive(s, 10);
  await settled(s.org, { waiting: 0, by: { [ana.agentId]: 7, [bob.agentId]: 7 } });
});

it("gives the oldest first as room comes free: resolved, unassigned, transferred away", async () => {
  const s = await setup("round_robin");
  const ana = await member(s, { capacity: 1 });
  const first = await say(s);
  await eventually(async () => expect(await assigneeOf(s, first.id)).toBe(ana.agentId));
  const queue = [await say(s), await say(s), await say(s)];
  expect(await counts(s.org)).toEqual({ waiting: 3, by: { [ana.agentId]: 1 } });
  await resolve(s, first.id);
  await eventually(async () => expect(await assigneeOf(s, queue[0].id)).toBe(ana.agentId));
  await s.org.call("POST", `/api/conversations/${queue[0].id}/transfer`, { to_agent_id: s.org.agentId });
  await eventually(async () => expect(await assigneeOf(s, queue[1].id)).toBe(ana.agentId));
  // An unassigned conversation is last in the queue.
  await s.org.call("PATCH", `/api/conversations/${queue[1].id}/assign`, { agent_id: null });
  await eventually(async () => expect(await assigneeOf(s, queue[2].id)).toBe(ana.agentId));
  expect(await assigneeOf(s, queue[1].id)).toBeNull();
  await expectLoads(s.org);
});

it("begins when somebody comes: online by hand or by a socket, into the division, back from suspension; when the division changes", async () => {
  const s = await setup("manual");
  const ana = await member(s, { isOnline: false });
  const outsider = await s.org.agent();
  await outsider.call("PATCH", `/api/agents/${outsider.agentId}/status`, { is_online: true });
  const conversation = await say(s);
  const isGivenTo = (agentId: string): Promise<void> =>
    eventually(async () => expect(await assigneeOf(s, conversation.id)).toBe(agentId));
  const back = async (): Promise<void> => {
    await s.org.call("PATCH", `/api/agents/${ana.agentId}/status`, { is_online: false });
    await s.org.call("PATCH", `/api/conversations/${conversation.id}/assign`, { agent_id: null });
    await minute();
    expect(await assigneeOf(s, conversation.id)).toBeNull();
  };
  // By hand only, though somebody is online.
  await ana.call("PATCH", `/api/agents/${ana.agentId}/status`, { is_online: true });
  await minute();
  expect(await assigneeOf(s, conversation.id)).toBeNull();
  await s.org.call("PATCH", `/api/divisions/${s.divisionId}`, { allocation_method: "least_busy" });
  await isGivenTo(ana.agentId);

  await back();
  await s.org.call("PATCH", `/api/agents/${ana.agentId}/status`, { is_online: true });
  await isGivenTo(ana.agentId);

  await back();
  await s.org.call("PATCH", `/api/agents/${ana.agentId}`, { status: "suspended" });
  await s.org.call("PATCH", `/api/agents/${ana.agentId}/status`, { is_online: true });
  await minute();
  expect(await assigneeOf(s, conversation.id)).toBeNull();
  await s.org.call("PATCH", `/api/agents/${ana.agentId}`, { status: "active" });
  await isGivenTo(ana.agentId);

  await back();
  await s.org.call("PATCH", `/api/divisions/${s.divisionId}`, { is_active: false });
  await s.org.call("POST", `/api/divisions/${s.divisionId}/agents`, { agent_ids: [outsider.agentId] });
  await minute();
  expect(await assigneeOf(s, conversation.id)).toBeNull();
  await s.org.call("PATCH", `/api/divisions/${s.divisionId}`, { is_active: true });
  await isGivenTo(outsider.agentId);

  await s.org.call("DELETE", `/api/divisions/${s.divisionId}/agents`, { agent_ids: [outsider.agentId] });
  await back();
  const bea = await member(s, { isOnline: false });
  const { webSocket } = await door("/api/live", {
    headers: { upgrade: "websocket", authorization: `Bearer ${bea.token}` },
  });
  webSocket!.accept();
  await isGivenTo(bea.agentId);
  // Offline by hand wins over the socket.
  await bea.call("PATCH", `/api/agents/${bea.agentId}/status`, { is_online: false });
  await s.org.call("PATCH", `/api/conversations/${conversation.id}/assign`, { agent_id: null });
  await minute();
  expect(await assigneeOf(s, conversation.id)).toBeNull();
  await bea.call("PATCH", `/api/agents/${bea.agentId}/status`, { is_online: true });
  await isGivenTo(bea.agentId);
  webSocket!.close();
});

it("takes what is transferred to a division: pending in its queue, open once somebody has it; not what is resolved meanwhile", async () => {
  const s = await setup("round_robin");
  const { phoneNumberId } = await s.org.connect();
  const ids = await Promise.all(
    [phone(), phone()].map(async (from) => {
      await customerWrites(phoneNumberId, from);
      return (await conversationWith(s.org, from)).id as string;
    }),
  );
  for (const id of ids) await s.org.call("POST", `/api/conversations/${id}/transfer`, { to_division_id: s.divisionId });
  const get = async (id: string) => (await s.org.call("GET", `/api/conversations/${id}`)).body;
  const waiting = await get(ids[0]!);
  expect(waiting).toMatchObject({ status: "pending", assigned_agent_id: null, waiting_since: waiting.updated_at });
  const listed = (await s.org.call("GET", `/api/conversations?division_id=${s.divisionId}&assigned_agent_id=none`)).body
    .data;
  expect(listed.find((row: any) => row.id === ids[0])).toEqual(waiting);
  await resolve(s, ids[1]!);
  const ana = await member(s);
  await eventually(async () =>
    expect(await get(ids[0]!)).toMatchObject({
      status: "open",
      assigned_agent_id: ana.agentId,
      division_id: s.divisionId,
      waiting_since: null,
    }),
  );
  expect(await get(ids[1]!)).toMatchObject({ status: "resolved", assigned_agent_id: null });
  // Customers and the allocation are no deed of anybody's: the log names who moved it.
  const { body } = await s.org.call("GET", `/api/activity-logs?entity_type=conversation&entity_id=${ids[0]!}`);
  expect(body.data.map((row: any) => row.action)).not.toContain("conversation.assigned");
});

it("is pending whatever people put back into the queue, open what a customer begins", async () => {
  const s = await setup("round_robin");
  const ana = await member(s, { isOnline: false });
  const ids = [(await say(s)).id, (await say(s)).id, (await say(s)).id] as string[];
  const [unassigned, resolved, untouched] = ids;
  for (const id of [unassigned, resolved])
    await s.org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: ana.agentId });
  const released = await s.org.call("PATCH", `/api/conversations/${unassigned}/assign`, { agent_id: null });
  expect(released.body).toMatchObject({
    status: "pending",
    assigned_agent_id: null,
    waiting_since: released.body.updated_at,
  });
  await resolve(s, resolved!);
  expect((await s.org.call("PATCH", `/api/conversations/${resolved}/assign`, { agent_id: null })).body.status).toBe(
    "resolved",
  );
  const listed = async (query: string): Promise<string[]> =>
    (await s.org.call("GET", `/api/conversations?${query}`)).body.data.map((row: any) => row.id);
  expect(await listed("status=pending")).toEqual([unassigned]);
  expect(await listed("status=open")).toEqual([untouched]);
  expect((await s.org.call("GET", `/api/conversations/${untouched}`)).body.waiting_since).not.toBeNull();
  const { body } = await s.org.call("GET", `/api/activity-logs?entity_type=conversation&entity_id=${unassigned}`);
  expect(new Set(body.data.map((row: any) => row.action))).toEqual(
    new Set(["conversation.assigned", "conversation.status_changed", "conversation.unassigned"]),
  );
});

it("is had by whoever answers it, and given to nobody else; a scheduled message and a key take nothing", async () => {
  const s = await setup("round_robin");
  const text = { type: "text", content: { text: "Hello, how can I help?" } };
  const answering = await s.org.agent();
  const { id } = await say(s);
  expect((await answering.call("POST", `/api/conversations/${id}/messages`, text)).status).toBe(201);
  const had = { status: "open", assigned_agent_id: answering.agentId, waiting_since: null };
  expect((await s.org.call("GET", `/api/conversations/${id}`)).body).toMatchObject(had);
  expect(
    (await s.org.call("GET", `/api/conversations?assigned_agent_id=${answering.agentId}`)).body.data,
  ).toMatchObject([{ id, ...had }]);
  await eventually(async () => {
    const { body } = await s.org.call("GET", `/api/activity-logs?entity_type=conversation&entity_id=${id}`);
    expect(body.data.map((row: any) => [row.action, row.actor_id])).toEqual([
      ["conversation.assigned", answering.agentId],
    ]);
  });
  const waits = (await say(s)).id as string;
  await (await s.org.apiKey(s.org.agentId)).call("POST", `/api/conversations/${waits}/messages`, text);
  const at = realNow() + MINUTE;
  await s.org.call("POST", `/api/conversations/${waits}/scheduled-messages`, {
    ...text,
    scheduled_at: new Date(at).toISOString(),
  });
  clock.now = () => at;
  await minute();
  const messages = (await s.org.call("GET", `/api/conversations/${waits}/messages`)).body.messages;
  expect(messages.filter((message: any) => message.direction === "outbound")).toHaveLength(2);
  expect(await assigneeOf(s, waits)).toBeNull();
  const ana = await member(s);
  await eventually(async () => expect(await assigneeOf(s, waits)).toBe(ana.agentId));
  expect(await assigneeOf(s, id)).toBe(answering.agentId);
});

it("does not come straight back to who gave it up, and stands before nothing else; after ten minutes they are better than nobody", async () => {
  const s = await setup("round_robin");
  const ana = await member(s, { capacity: 1 });
  const { id: one } = await say(s);
  await eventually(async () => expect(await assigneeOf(s, one)).toBe(ana.agentId));
  await ana.call("POST", `/api/conversations/${one}/transfer`, { to_division_id: s.divisionId });
  await ana.call("PATCH", `/api/conversations/${one}/assign`, { agent_id: null });
  // Unassigned, not transferred: the same.
  await ana.call("PATCH", `/api/conversations/${one}/assign`, { agent_id: ana.agentId });
  await ana.call("PATCH", `/api/conversations/${one}/assign`, { agent_id: null });
  const { id: two } = await say(s);
  await eventually(async () => expect(await assigneeOf(s, two)).toBe(ana.agentId));
  await resolve(s, two);
  await minute();
  expect(await assigneeOf(s, one)).toBeNull();
  // Another who comes has it at once; and it is the other's to give up then.
  const bob = await member(s);
  await eventually(async () => expect(await assigneeOf(s, one)).toBe(bob.agentId));
  await bob.call("POST", `/api/conversations/${one}/transfer`, { to_division_id: s.divisionId, note: "not mine" });
  await eventually(async () => expect(await assigneeOf(s, one)).toBeNull());
  await bob.call("PATCH", `/api/agents/${bob.agentId}/status`, { is_online: false });
  await eventually(async () => expect(await assigneeOf(s, one)).toBe(ana.agentId));
  await ana.call("POST", `/api/conversations/${one}/transfer`, { to_division_id: s.divisionId });
  await minute();
  expect(await assigneeOf(s, one)).toBeNull();
  clock.now = () => realNow() + 10 * MINUTE;
  await minute();
  await eventually(async () => expect(await assigneeOf(s, one)).toBe(ana.agentId));
});

it("has back what a suspended agent had, within the minute", async () => {
  const s = await setup("round_robin");
  const ana = await member(s);
  const { id } = await say(s);
  await eventually(async () => expect(await assigneeOf(s, id)).toBe(ana.agentId));
  await s.org.call("PATCH", `/api/agents/${ana.agentId}`, { status: "suspended" });
  await minute();
  expect((await s.org.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
    assigned_agent_id: null,
    status: "pending",
  });
  const bob = await member(s);
  await eventually(async () => expect(await assigneeOf(s, id)).toBe(bob.agentId));
  await expectLoads(s.org);
});

it("leaves to people what people take while it gives", async () => {
  const s = await setup("round_robin");
  await arrive(s, 60);
  await eventually(async () => expect((await counts(s.org)).waiting).toBe(60));
  const { body } = await s.org.call("GET", "/api/conversations?limit=60");
  const taken: string[] = body.data.slice(0, 30).map((row: any) => row.id);
  const joining = member(s);
  const takeovers = await Promise.all(taken.map((id) => s.org.call("POST", `/api/conversations/${id}/takeover`)));
  expect(takeovers.every((answer) => answer.status === 200)).toBe(true);
  const ana = await joining;
  await settled(s.org, { waiting: 0, by: { [ana.agentId]: 30, [s.org.agentId]: 30 } });
  await expectLoads(s.org);
});

it("makes up for a wake-up that was lost, by the minute, also when it runs twice", async () => {
  const s = await setup("round_robin");
  const ana = await s.org.agent();
  const conversations = [await say(s), await say(s), await say(s)];
  // Behind its back, as if every wake-up of this were lost.
  await s.org.tenantDb.batch([
    s.org.tenantDb.prepare("UPDATE agents SET is_online_by_hand = 1 WHERE id = ?").bind(ana.agentId),
    s.org.tenantDb
      .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
      .bind(s.org.id, s.divisionId, ana.agentId),
  ]);
  expect((await counts(s.org)).waiting).toBe(3);
  await Promise.all([minute(), minute()]);
  await settled(s.org, { waiting: 0, by: { [ana.agentId]: 3 } });
  for (const { id } of conversations)
    expect((await s.org.call("GET", `/api/conversations/${id}`)).body.version).toBe(2);
});

it("goes on by its alarm after the database was away, and gives nobody more than there is room for", async () => {
  const s = await setup("round_robin");
  const ana = await member(s, { capacity: 2, isOnline: false });
  for (let i = 0; i < 4; i++) await say(s);
  // The database takes no assignment of this organization.
  const trigger = `away_${s.org.id.replaceAll("-", "")}`;
  await s.org.tenantDb
    .prepare(
      `CREATE TRIGGER ${trigger} BEFORE UPDATE ON conversations WHEN NEW.org_id = '${s.org.id}' AND NEW.assigned_agent_id <> '' BEGIN SELECT RAISE(ABORT, 'away'); END`,
    )
    .run();
  const stub = env.ROUTING.getByName(s.org.id);
  const alarmAt = () => runInDurableObject(stub, (_object, state) => state.storage.getAlarm());
  await ana.call("PATCH", `/api/agents/${ana.agentId}/status`, { is_online: true });
  await eventually(async () => expect(await alarmAt()).not.toBeNull());
  expect(await counts(s.org)).toEqual({ waiting: 4, by: {} });
  await s.org.tenantDb.prepare(`DROP TRIGGER ${trigger}`).run();
  // The two who were given to Ana are hers, and come to the database by their own alarms.
  await eventually(async () => {
    await runDurableObjectAlarm(stub);
    expect((await counts(s.org)).by).toEqual({ [ana.agentId]: 2 });
  }, 20);
  await runDurableObjectAlarm(stub);
  await expectLoads(s.org);
  expect(await counts(s.org)).toEqual({ waiting: 2, by: { [ana.agentId]: 2 } });
});

it("may be stopped anywhere: what was given stays given, the rest is given by the next minute, and turns go on", async () => {
  const s = await setup("round_robin");
  const [ana, bob] = [await member(s), await member(s)];
  await arrive(s, 200);
  const given = async () => Object.values((await counts(s.org)).by).reduce((sum, n) => sum + n, 0);
  let stops = 0;
  for (let before = 0, round = 0; round < 4 && before < 200; round++, before = await given()) {
    const known = before;
    await eventually(async () => expect(await given()).toBeGreaterThan(known), 20);
    // In the middle of something; but it may be done with what has arrived so far.
    await evictDurableObject(env.ROUTING.getByName(s.org.id)).then(
      () => stops++,
      () => {},
    );
    await minute();
  }
  expect(stops).toBeGreaterThan(0);
  await settled(s.org, { waiting: 0 }, 20);
  const { results } = await s.org.tenantDb
    .prepare("SELECT DISTINCT version FROM conversations WHERE org_id = ?")
    .bind(s.org.id)
    .all();
  expect(results).toEqual([{ version: 2 }]);
  const { by } = await counts(s.org);
  expect(by[ana.agentId]! + by[bob.agentId]!).toBe(200);
  // A stop costs at most the turn that was not written down.
  expect(Math.abs(by[ana.agentId]! - by[bob.agentId]!)).toBeLessThanOrEqual(12);
  await expectLoads(s.org);
});

it("reads what it can give, and not what waits or is there", async () => {
  const org = await organization();
  const now = Date.now();
  const ids = Array.from({ length: 52 }, () => uuidV7(now));
  const json = (list: unknown[]): string => JSON.stringify(list);
  const agents = Array.from({ length: 500 }, () => uuidV7(now));
  // Fifty divisions of ten agents each; two with long queues: one that is given out, with one free agent, and one by hand.
  await org.tenantDb.batch([
    org.tenantDb
      .prepare(
        "INSERT INTO divisions (id, org_id, name, allocation_method, created_at, updated_at) SELECT value, ?1, value, iif(key = 0, 'manual', 'round_robin'), 0, 0 FROM json_each(?2)",
      )
      .bind(org.id, json(ids)),
    org.tenantDb
      .prepare(
        "INSERT INTO agents (id, org_id, email, full_name, role_id, is_online_by_hand, capacity, created_at, updated_at) SELECT value, ?1, value, 'x', 'x', 1, iif(key = 10, 3, 0), 0, 0 FROM json_each(?2)",
      )
      .bind(org.id, json(agents)),
    org.tenantDb
      .prepare(
        "INSERT INTO division_agents (org_id, division_id, agent_id) SELECT ?1, d.value, a.value FROM json_each(?2) d JOIN json_each(?3) a ON a.key / 10 = d.key",
      )
      .bind(org.id, json(ids), json(agents)),
    ...[0, 1].map((queue) =>
      org.tenantDb
        .prepare(
          `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, division_id, waiting_since, version, created_at, updated_at)
           SELECT ?2 || value, ?1, 'x', 'x', 'whatsapp', 'pending', ?2, value, 1, 0, 0 FROM json_each(?3)`,
        )
        .bind(org.id, ids[queue]!, json(Array.from({ length: 2000 }, (_, i) => i))),
    ),
  ]);
  const cost = new Cost();
  const db = new TenantDatabase(org.tenantDb, org.id, cost, "first-primary");
  const { queues } = await openWork(db, new Set(), 50);
  expect(queues).toEqual([
    { divisionId: ids[1], method: "round_robin", candidates: [{ agentId: agents[10], load: 0, room: 3 }] },
  ]);
  // Every division once, and the members of the one that has a queue.
  expect(cost.rowsRead).toBeLessThan(200);
  const before = cost.rowsRead;
  expect((await oldestWaiting(db, queues, 50, new Set(), now)).waiting.map((row) => row.since)).toEqual([0, 1, 2]);
  // It reads the queues once more.
  expect(cost.rowsRead - before).toBeLessThan(before + 10);
  const swept = await org.tenantDb.prepare(ORGANIZATIONS_WITH_WORK).all<{ org_id: string }>();
  expect(swept.results.map((row) => row.org_id)).toContain(org.id);
  // Queues of other suites are in it too; not what waits in them.
  expect(swept.meta.rows_read).toBeLessThan(1500);
  await org.tenantDb.prepare("UPDATE conversations SET waiting_since = NULL WHERE org_id = ?").bind(org.id).run();
});

it("gives nothing more to whom D1 has meanwhile been told to have enough", async () => {
  const s = await setup("round_robin");
  const ana = await member(s, { capacity: 2 });
  await s.org.tenantDb
    .prepare(
      `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, division_id, waiting_since, version, created_at, updated_at)
       SELECT ?1 || value, ?1, 'x', 'x', 'whatsapp', 'pending', ?2, value, 1, 0, 0 FROM json_each('[1, 2, 3, 4]')`,
    )
    .bind(s.org.id, s.divisionId)
    .run();
  const db = new TenantDatabase(s.org.tenantDb, s.org.id, new Cost(), "first-primary");
  const { queues: read } = await openWork(db, new Set(), 50);
  expect(read).toMatchObject([{ candidates: [{ agentId: ana.agentId, room: 2 }] }]);
  await s.org.tenantDb
    .prepare(
      "UPDATE conversations SET assigned_agent_id = ?2, waiting_since = NULL WHERE org_id = ?1 AND waiting_since <= 2",
    )
    .bind(s.org.id, ana.agentId)
    .run();
  const { waiting, queues } = await oldestWaiting(db, read, 50, new Set(), Date.now());
  expect(waiting.map(({ since }) => since)).toEqual([3, 4]);
  expect(allocate(queues, waiting, new Map())).toEqual([]);
});

it("goes by age over all queues, also where one goes on behind its page", async () => {
  const org = await organization();
  const [a, b] = ["division-a", "division-b"];
  const rows = [...Array.from({ length: 8 }, (_, i) => [a, i]), [b, 3], [b, 20]] as [string, number][];
  await org.tenantDb.batch(
    rows.map(([division, since]) =>
      org.tenantDb
        .prepare(
          `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, division_id, waiting_since, version, created_at, updated_at)
           VALUES (?, ?, 'x', 'x', 'whatsapp', 'open', ?, ?, 1, 0, 0)`,
        )
        .bind(`${org.id}-${division}-${since}`, org.id, division, since),
    ),
  );
  const db = new TenantDatabase(org.tenantDb, org.id, new Cost(), "first-primary");
  const queues = [a, b].map((divisionId) => ({
    divisionId,
    method: "round_robin" as const,
    candidates: [{ agentId: "x", load: 0, room: Infinity }],
  }));
  const found = async (limit: number, passed: string[] = []) =>
    (await oldestWaiting(db, queues, limit, new Set(passed.map((id) => `${org.id}-${id}`)), Date.now())).waiting.map(
      (row) => `${row.divisionId.at(-1)}${row.since}`,
    );
  // b20 is younger than what a still has behind its page.
  expect(await found(5)).toEqual(["a0", "a1", "a2", "a3", "b3", "a4"]);
  expect(await found(5, ["division-a-0", "division-a-1"])).toEqual(["a2", "a3", "b3", "a4", "a5", "a6"]);
  expect(await found(50)).toHaveLength(10);
  await org.tenantDb.prepare("UPDATE conversations SET waiting_since = NULL WHERE org_id = ?").bind(org.id).run();
});
