import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../src/app";
import { everyMinute } from "../src/cron";
import { clock, DAY, HOUR, MINUTE } from "../src/kit/clock";
import { hashPassword } from "../src/kit/password";
import { uuidV7 } from "../src/kit/id";
import { conversationWith, customerWrites, eventually, login, organization, PASSWORD, phone } from "./harness";

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
       INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, version, created_at, updated_at, last_inbound_at)
       SELECT ?1 || printf('%012d', n), org_id, contact_id, account_id, channel, 'open', 1, created_at, updated_at, last_inbound_at - 1 FROM conversations, counter WHERE org_id = ?2 AND id = ?3`,
    )
    .bind(crypto.randomUUID().slice(0, 24), org.id, id)
    .run();
  clock.now = () => realNow() + 25 * HOUR;
  await minute();
  expect((await org.call("GET", `/api/conversations/${id}`)).body.status).toBe("resolved");
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
