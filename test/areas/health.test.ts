import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { call, organization, PASSWORD } from "../harness";

it("is well while every database answers, and needs nobody's name", async () => {
  const answer = await call("GET", "/health");
  expect(answer).toMatchObject({ status: 200, body: { status: "ok", databases: 3 } });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

it("says what is not there, in the one form of failures", async () => {
  expect(await call("GET", "/api/nothing")).toMatchObject({ status: 404, body: { code: "not_found", status: 404 } });
  expect(await call("DELETE", "/health")).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
});

/** Removes the record of a migration, and breaks what the next statement restores. */
const restore: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of restore.splice(0).reverse()) await undo();
});

async function unapplied(d1: D1Database, name: string): Promise<void> {
  await d1.prepare("DELETE FROM d1_migrations WHERE name = ?").bind(name).run();
  restore.push(() => d1.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name).run());
}
async function renamed(d1: D1Database, table: string, column: string): Promise<void> {
  await d1.prepare(`ALTER TABLE ${table} RENAME COLUMN ${column} TO not_there_yet`).run();
  restore.push(() => d1.prepare(`ALTER TABLE ${table} RENAME COLUMN not_there_yet TO ${column}`).run());
}
const register = () =>
  call("POST", "/api/auth/register", {
    org_name: "Toko",
    admin_email: `${crypto.randomUUID()}@example.test`,
    admin_password: PASSWORD,
  });

it("names the migrations that a database lacks, and takes more than it needs", async () => {
  await unapplied(env.TENANT_DB_01, "0010_outbox.sql");
  const answer = await call("GET", "/health");
  expect(answer).toMatchObject({
    status: 503,
    body: {
      code: "upgrade_in_progress",
      errors: [{ field: "TENANT_DB_01", message: "0010_outbox.sql is not applied" }],
    },
  });
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  await unapplied(env.CONTROL_DB, "0001_organizations.sql");
  expect((await call("GET", "/health")).body.errors.map((e: any) => e.field)).toEqual(["CONTROL_DB", "TENANT_DB_01"]);
  for (const undo of restore.splice(0)) await undo();

  await env.CONTROL_DB.prepare("INSERT INTO d1_migrations (name) VALUES ('9999_of_newer_code.sql')").run();
  restore.push(() => env.CONTROL_DB.prepare("DELETE FROM d1_migrations WHERE name LIKE '9999%'").run());
  expect((await call("GET", "/health")).status).toBe(200);
});

it("lacks everything in a database that was never migrated", async () => {
  await env.TENANT_DB_00.prepare("ALTER TABLE d1_migrations RENAME TO kept_migrations").run();
  restore.push(() => env.TENANT_DB_00.prepare("ALTER TABLE kept_migrations RENAME TO d1_migrations").run());
  const { status, body } = await call("GET", "/health");
  expect(status).toBe(503);
  expect(body.errors).toHaveLength(env.TEST_MIGRATIONS_TENANT.length);
});

it("answers 503 for what meets an older database, and 500 for what meets a right one", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  const org = await organization();
  await renamed(env.CONTROL_DB, "identities", "password_hash");
  await renamed(org.tenantDb, "agents", "full_name");
  const calls = [register, () => org.call("GET", "/api/agents"), () => org.call("GET", `/api/agents/${org.agentId}`)];
  for (const ask of calls) expect(await ask()).toMatchObject({ status: 500, body: { code: "internal" } });
  await unapplied(env.CONTROL_DB, "0001_organizations.sql");
  for (const ask of calls) {
    const answer = await ask();
    expect(answer).toMatchObject({ status: 503, body: { code: "upgrade_in_progress" } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  logged.mockRestore();
});
