import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { publicContext } from "../src/app";
import { everyMinute as everyMinuteByQueue } from "../src/cron";
import { controlSweep } from "../src/kit/control-sweep";
import { sweep } from "../src/kit/sweep";
import { everyMinute } from "./minute";
import { clock, DAY, HOUR, MINUTE } from "../src/kit/clock";
import { hashPassword } from "../src/kit/password";
import { uuidV7 } from "../src/kit/id";
import {
  call,
  conversationWith,
  customerWrites,
  eventually,
  login,
  type Org,
  organization,
  PASSWORD,
  phone,
} from "./harness";

vi.setConfig({ testTimeout: 60_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));

it("finishes an organization whose provisioning was cut off, once, also when it runs twice", async () => {
  const [id, agentId] = [uuidV7(Date.now()), uuidV7(Date.now())];
  const email = `${id}@example.test`;
  const then = Date.now() - 2 * MINUTE;
  await env.CONTROL_DB.batch([
    env.CONTROL_DB.prepare(
      "INSERT INTO organizations (id, name, slug, status, tenant_db, pending_admin, created_at, updated_at) VALUES (?, 'Cut off', ?, 'provisioning', 'TENANT_DB_01', ?, ?, ?)",
    ).bind(id, id, JSON.stringify({ agentId, email }), then, then),
    env.CONTROL_DB.prepare(
      "INSERT INTO identities (agent_id, org_id, email, password_hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
    ).bind(agentId, id, email, await hashPassword(PASSWORD), then, then),
  ]);
  await expect(login(email)).rejects.toThrow("401");
  await Promise.all([minute(), minute()]);
  const admin = await login(email);
  expect((await admin.call("GET", "/api/auth/me")).body).toMatchObject({
    id: agentId,
    role: "admin",
    organization: { id, name: "Cut off", status: "active" },
  });
  expect((await admin.call("GET", "/api/agents")).body).toHaveLength(1);
  const logs = await env.TENANT_DB_01.prepare(
    "SELECT action FROM activity_logs WHERE org_id = ? AND action = 'organization.create'",
  )
    .bind(id)
    .all();
  expect(logs.results).toHaveLength(1);
});

it("finishes an organization behind any number of others that cannot be finished", async () => {
  const ids = Array.from({ length: 26 }, () => uuidV7(Date.now()));
  const then = Date.now() - 2 * MINUTE;
  const provisioning = (id: string, database: string, at: number) =>
    env.CONTROL_DB.prepare(
      "INSERT INTO organizations (id, name, slug, status, tenant_db, pending_admin, created_at, updated_at) VALUES (?1, 'Cut off', ?1, 'provisioning', ?2, ?3, ?4, ?4)",
    ).bind(id, database, JSON.stringify({ agentId: uuidV7(at), email: `${id}@example.test` }), at);
  const good = ids[25]!;
  await env.CONTROL_DB.batch(
    ids.map((id) =>
      id === good ? provisioning(id, "TENANT_DB_01", then + 1) : provisioning(id, "TENANT_DB_GONE", then),
    ),
  );
  const status = async () =>
    (await env.CONTROL_DB.prepare("SELECT status FROM organizations WHERE id = ?")
      .bind(good)
      .first<{ status: string }>())!.status;
  for (let n = 0; n < 2; n++) await minute();
  expect(await status()).toBe("active");
  await env.CONTROL_DB.prepare("DELETE FROM organizations WHERE tenant_db = 'TENANT_DB_GONE'").run();
});

it("resolves what nobody may answer any more, once, and leaves the rest", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const [old, young] = [phone(), phone()];
  await customerWrites(phoneNumberId, old);
  const { id } = await conversationWith(org, old);
  await org.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: "Hello" } });
  clock.now = () => realNow() + 25 * HOUR;
  await customerWrites(phoneNumberId, young, "Now", { at: clock.now() });
  const other = await conversationWith(org, young);
  await Promise.all([minute(), minute()]);
  const expired = (await org.call("GET", `/api/conversations/${id}`)).body;
  expect(expired).toMatchObject({ status: "resolved", cycle: 1 });
  await minute();
  expect((await org.call("GET", `/api/conversations/${id}`)).body).toEqual(expired);
  expect((await org.call("GET", `/api/conversations/${other.id}`)).body.status).toBe("open");
  await eventually(async () =>
    expect((await org.call("GET", "/api/conversations?status=resolved")).body.data.map((c: any) => c.id)).toEqual([id]),
  );
});

it("comes to what is due behind any number of others that stay due", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  // Rows without an object, before the one that has one: nothing that is done makes them less due.
  await org.tenantDb
    .prepare(
      `WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 250)
       INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, version, created_at, updated_at, last_inbound_at, window_since)
       SELECT ?1 || printf('%012d', n), org_id, contact_id, account_id, channel, 'open', 1, created_at, updated_at, last_inbound_at - 1, last_inbound_at - 1 FROM conversations, counter WHERE org_id = ?2 AND id = ?3`,
    )
    .bind(crypto.randomUUID().slice(0, 24), org.id, id)
    .run();
  clock.now = () => realNow() + 25 * HOUR;
  await minute();
  expect((await org.call("GET", `/api/conversations/${id}`)).body.window_status).toBe("expired");
  await org.tenantDb.prepare("DELETE FROM conversations WHERE org_id = ? AND id <> ?").bind(org.id, id).run();
});

it("takes a deleted agent's open conversations away, and leaves the resolved ones", async () => {
  const org = await organization();
  const agent = await org.agent();
  const { phoneNumberId } = await org.connect();
  const ids: string[] = [];
  for (const from of [phone(), phone()]) {
    await customerWrites(phoneNumberId, from);
    const { id } = await conversationWith(org, from);
    await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
    ids.push(id);
  }
  await org.call("PATCH", `/api/conversations/${ids[1]}/status`, { status: "resolved" });
  await org.call("DELETE", `/api/agents/${agent.agentId}`);
  await Promise.all([minute(), minute()]);
  expect((await org.call("GET", `/api/conversations/${ids[0]}`)).body.assigned_agent_id).toBeNull();
  expect((await org.call("GET", `/api/conversations/${ids[1]}`)).body.assigned_agent_id).toBe(agent.agentId);
  expect((await org.call("GET", "/api/conversations?assigned_agent_id=none")).body.data.map((c: any) => c.id)).toEqual([
    ids[0],
  ]);
});

it("forgets what is only kept for a time, and nothing younger", async () => {
  const now = Date.now();
  const org = await organization();
  const key = (name: string, at: number) =>
    org.tenantDb
      .prepare("INSERT INTO idempotency_keys VALUES (?, 'c', 'o', ?, 'h', 200, '{}', ?)")
      .bind(org.id, name, at);
  const parked = (id: string, reason: string, at: number) =>
    env.CONTROL_DB.prepare(
      "INSERT INTO parked_updates (id, reason, channel, account, payload, created_at) VALUES (?, ?, 'whatsapp', 'none', '[]', ?)",
    ).bind(id, reason, at);
  await org.tenantDb.batch([key("old", now - DAY - MINUTE), key("young", now - HOUR)]);
  const [old, young] = [crypto.randomUUID(), crypto.randomUUID()];
  await env.CONTROL_DB.batch([parked(old, "unrouted", now - 31 * DAY), parked(young, "unknown", now - 29 * DAY)]);
  await minute();
  const keys = await org.tenantDb
    .prepare("SELECT key FROM idempotency_keys WHERE org_id = ?")
    .bind(org.id)
    .all<{ key: string }>();
  expect(keys.results.map((row) => row.key)).toEqual(["young"]);
  const left = await env.CONTROL_DB.prepare("SELECT id FROM parked_updates WHERE id IN (?, ?)")
    .bind(old, young)
    .all<{ id: string }>();
  expect(left.results.map((row) => row.id)).toEqual([young]);
  expect((await org.call("GET", "/api/auth/me")).status).toBe(200);
});

const stateOf = async (name: string): Promise<any> => {
  const answer = await call("GET", "/operator/sweeps", undefined, { authorization: `Bearer ${env.OPERATOR_TOKEN}` });
  expect(answer.status).toBe(200);
  return answer.body.find((row: any) => row.name === name);
};

/** Two organizations in one database. */
async function neighbours(): Promise<[Org, Org]> {
  const first = await organization();
  for (;;) {
    const other = await organization();
    if (other.tenantDbName === first.tenantDbName) return [first, other];
  }
}

it("lets a tenant with one due row wait for no other's thousands, and says so until they are done", async () => {
  const [many, one] = await neighbours();
  const due = (org: Org, n: number, at: number) =>
    org.tenantDb
      .prepare(
        `WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < ?2)
         INSERT INTO csat_surveys (id, org_id, conversation_id, contact_id, cycle, channel, status, created_at, expires_at)
         SELECT ?1 || n, ?1, ?1 || n, 'c', 1, 'whatsapp', 'sent', 1, ?3 FROM counter`,
      )
      .bind(org.id, n, at)
      .run();
  const left = async (org: Org): Promise<number> =>
    (await org.tenantDb
      .prepare("SELECT count(*) AS n FROM csat_surveys WHERE org_id = ? AND status = 'sent'")
      .bind(org.id)
      .first<number>("n"))!;
  const now = Date.now();
  await due(many, 3000, now - HOUR);
  await due(one, 1, now - MINUTE);
  await minute();
  expect([await left(many), await left(one)]).toEqual([2000, 0]);
  const starved = await stateOf("surveys");
  expect(starved).toMatchObject({ done: 1001, starved_org_ids: [many.id], last_error: null });
  await minute();
  expect(await stateOf("surveys")).toMatchObject({ starved_since: starved.starved_since });
  await minute();
  await minute();
  expect(await left(many)).toBe(0);
  expect(await stateOf("surveys")).toMatchObject({ starved_since: null, starved_org_ids: [] });
});

describe("a sweep", () => {
  const databases = [env.TENANT_DB_00, env.TENANT_DB_01];
  beforeAll(async () => {
    for (const d1 of databases) {
      await d1.prepare("DROP TABLE IF EXISTS test_due").run();
      await d1.prepare("CREATE TABLE test_due (id TEXT PRIMARY KEY, org_id TEXT NOT NULL)").run();
    }
    return async () => {
      for (const d1 of databases) await d1.prepare("DROP TABLE test_due").run();
    };
  });
  afterEach(async () => {
    for (const d1 of databases) await d1.prepare("DELETE FROM test_due").run();
  });

  const DUE = "SELECT id, org_id, NULL AS country FROM test_due ORDER BY id";
  const add = (rows: Record<string, number>): Promise<unknown> =>
    env.TENANT_DB_00.batch(
      Object.entries(rows).flatMap(([org, n]) =>
        Array.from({ length: n }, (_, i) =>
          env.TENANT_DB_00.prepare("INSERT INTO test_due VALUES (?, ?)").bind(
            `${org}-${String(i).padStart(4, "0")}`,
            org,
          ),
        ),
      ),
    );
  const left = async (): Promise<Record<string, number>> => {
    const { results } = await env.TENANT_DB_00.prepare(
      "SELECT org_id, count(*) AS n FROM test_due GROUP BY org_id ORDER BY org_id",
    ).all<{ org_id: string; n: number }>();
    return Object.fromEntries(results.map((row) => [row.org_id, row.n]));
  };
  const remove = async (ids: readonly string[]): Promise<number> => {
    const { meta } = await env.TENANT_DB_00.prepare("DELETE FROM test_due WHERE id IN (SELECT value FROM json_each(?))")
      .bind(JSON.stringify(ids))
      .run();
    return meta.changes;
  };
  const name = (): string => `test_${crypto.randomUUID()}`;
  const run = async (...list: Parameters<typeof everyMinuteByQueue>[1] & object): Promise<number> => {
    const ctx = publicContext(env, () => {});
    await everyMinuteByQueue(ctx, list);
    return ctx.cost.rowsWritten;
  };

  it("serves first who had to wait, when a run cannot serve everybody", async () => {
    await add({ a: 150, b: 150, c: 150, d: 1 });
    const some = sweep({ name: name(), due: DUE, work: (_, ids) => remove(ids), budget: { rows: 200 } });
    await run(some);
    expect(await left()).toEqual({ a: 50, b: 50, c: 150, d: 1 });
    expect((await stateOf(some.name)).starved_org_ids).toEqual(["a", "b", "c", "d"]);
    await run(some);
    // A turn of the two that had none, and the rest for everybody in order.
    expect(await left()).toEqual({ b: 1, c: 50 });
    await run(some);
    expect(await left()).toEqual({});
    expect((await stateOf(some.name)).starved_since).toBeNull();
  });

  it("goes on without a tenant whose work hangs or fails, and shows it", async () => {
    await add({ fails: 1, hangs: 1, well: 250 });
    const some = sweep({
      name: name(),
      due: DUE,
      work: async ({ orgId }, ids) => {
        if (orgId === "hangs") await new Promise(() => {});
        if (orgId === "fails") throw new Error("no");
        return remove(ids);
      },
      budget: { tenantMs: 200 },
    });
    await run(some);
    expect(await left()).toEqual({ fails: 1, hangs: 1 });
    expect(await stateOf(some.name)).toMatchObject({ done: 250, starved_org_ids: ["hangs"], last_error: "Error: no" });
  });

  it("takes up a row once in a run, however long it stays due", async () => {
    await add({ a: 120, b: 1 });
    const taken: string[] = [];
    const some = sweep({
      name: name(),
      due: DUE,
      work: async (_, ids) => {
        taken.push(...ids);
        return 0;
      },
    });
    await run(some);
    expect([taken.length, new Set(taken).size]).toEqual([121, 121]);
    expect(await stateOf(some.name)).toBeUndefined();
  });

  it("writes nothing in a minute with nothing to do, and does not stop others by failing", async () => {
    const [bad, idle, good] = [name(), name(), name()];
    const nothing = sweep({ name: idle, due: DUE, work: (_, ids) => remove(ids) });
    expect(await run(nothing)).toBe(0);
    await run(
      controlSweep({ name: bad, due: "SELECT 1 FROM missing", work: async () => 1 }),
      sweep({ name: `${bad}-long`, long: true, due: "SELECT 1 FROM missing", work: async () => 1 }),
      controlSweep({ name: good, due: "SELECT 1", work: async () => 1, budget: { rows: 3 } }),
    );
    expect(await stateOf(idle)).toBeUndefined();
    for (const failing of [bad, `${bad}-long`])
      expect(await stateOf(failing)).toMatchObject({ done: 0, last_error: expect.stringContaining("missing") });
    expect(await stateOf(good)).toMatchObject({ done: 3, starved_since: expect.any(String), last_error: null });
  });
});

it("runs a long sweep through the queue, and starts none that has nothing to do", async () => {
  const org = await organization();
  const agent = await org.agent();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  await org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
  const started: string[] = [];
  await everyMinuteByQueue(
    publicContext(env, () => {}),
    undefined,
    async (ctx, { name }) => {
      started.push(name);
      await ctx.env.SWEEPS.send({ kind: "sweep", name });
    },
  );
  expect(started).toContain("unassigned");
  await eventually(async () =>
    expect((await org.call("GET", `/api/conversations/${id}`)).body.assigned_agent_id).toBeNull(),
  );
  await eventually(async () => expect(await stateOf("unassigned")).toBeDefined());
  started.length = 0;
  await everyMinuteByQueue(
    publicContext(env, () => {}),
    undefined,
    async (_, { name }) => void started.push(name),
  );
  expect(started).not.toContain("unassigned");
});
