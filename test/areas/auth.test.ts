import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { clock, SECOND } from "../../src/kit/clock";
import { PERMISSIONS } from "../../src/domain/permissions";
import { call, caller, login, organization, ORIGIN, PASSWORD } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));
const later = (ms: number): void => void (clock.now = () => realNow() + ms);

const somewhere = (): Record<string, string> => ({ "cf-connecting-ip": crypto.randomUUID() });
const newEmail = (): string => `${crypto.randomUUID().slice(0, 13)}@example.test`;
const register = (more: Record<string, unknown> = {}) =>
  call(
    "POST",
    "/api/auth/register",
    { org_name: "Toko Biru", admin_email: newEmail(), admin_password: PASSWORD, ...more },
    somewhere(),
  );

it("registers an organization whose admin can work at once", async () => {
  const { status, body, headers } = await register({ admin_email: "  Owner.Of@Toko.test ", country: "ID" });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    agent: { email: "owner.of@toko.test", role: "admin", status: "active", is_online: false },
    organization: { name: "Toko Biru", status: "active", country: "ID" },
  });
  expect(body.organization.slug).toMatch(/^toko-biru-[a-z0-9]+$/);
  expect(headers.get("set-cookie")).toMatch(
    /^omnistream_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/,
  );
  const me = await caller(body.token, body.agent.id).call("GET", "/api/auth/me");
  expect(me).toMatchObject({
    status: 200,
    body: { id: body.agent.id, division_ids: [], organization: { id: body.organization.id } },
  });
  expect(me.body.permissions.toSorted()).toEqual(PERMISSIONS.toSorted());
});

it("refuses what it cannot register, and names each field", async () => {
  const bad = await register({
    org_name: " ",
    admin_email: "nobody",
    admin_password: "12345",
    country: "Indonesia",
    plan: "pro",
  });
  expect(bad).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect(bad.body.errors.map((e: any) => e.field).toSorted()).toEqual([
    "admin_email",
    "admin_password",
    "country",
    "org_name",
    "plan",
  ]);
  expect(JSON.stringify(bad.body)).not.toContain("12345");
});

it("takes an email address once over all tenants, however it is written", async () => {
  const admin_email = newEmail();
  expect((await register({ admin_email })).status).toBe(201);
  expect(await register({ admin_email: admin_email.toUpperCase() })).toMatchObject({
    status: 409,
    body: { code: "auth_email_taken" },
  });
  const both = newEmail();
  const twins = await Promise.all([register({ admin_email: both }), register({ admin_email: both })]);
  expect(twins.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});

it("places new tenants in the emptier database", async () => {
  const counts = async (): Promise<Map<string, number>> => {
    const { results } = await env.CONTROL_DB.prepare(
      "SELECT tenant_db AS name, count(*) AS n FROM organizations WHERE status <> 'deleted' GROUP BY 1",
    ).all<{ name: string; n: number }>();
    return new Map(results.map((row) => [row.name, row.n]));
  };
  for (let i = 0; i < 4; i++) {
    const before = await counts();
    const [a = 0, b = 0] = [before.get("TENANT_DB_00"), before.get("TENANT_DB_01")];
    const { body } = await register();
    const row = await env.CONTROL_DB.prepare("SELECT tenant_db FROM organizations WHERE id = ?")
      .bind(body.organization.id)
      .first<{ tenant_db: string }>();
    expect(row!.tenant_db).toBe(a <= b ? "TENANT_DB_00" : "TENANT_DB_01");
  }
});

it("says the same to a wrong password, an unknown address and a suspended agent", async () => {
  const org = await organization();
  const agent = await org.agent();
  await org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
  const answers = await Promise.all(
    [
      { email: org.email, password: "not-it" },
      { email: newEmail(), password: "not-it" },
      { email: agent.email, password: PASSWORD },
    ].map((body) => call("POST", "/api/auth/login", body, somewhere())),
  );
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 401, body: { code: "auth_wrong_credentials" } });
    expect({ ...answer.body, request_id: "" }).toEqual({ ...answers[0]!.body, request_id: "" });
  }
});

it("slows down who guesses passwords, and lets in again after the minute", async () => {
  const org = await organization();
  const tries = [];
  for (let i = 0; i < 11; i++)
    tries.push(await call("POST", "/api/auth/login", { email: org.email, password: `guess-${i}` }, somewhere()));
  // A minute may have ended in between; then the count began anew.
  const refused = tries.find((answer) => answer.status === 429);
  if (refused) {
    expect(refused.body.code).toBe("too_many_requests");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await call("POST", "/api/auth/login", { email: org.email, password: PASSWORD }, somewhere())).status).toBe(
      429,
    );
  }
  later(60 * SECOND);
  expect((await call("POST", "/api/auth/login", { email: org.email, password: PASSWORD }, somewhere())).status).toBe(
    200,
  );
});

it("takes the session cookie, for changes only from its own pages", async () => {
  const org = await organization();
  const cookie = `theme=dark; omnistream_session=${org.token}`;
  expect((await call("GET", "/api/auth/me", undefined, { cookie })).status).toBe(200);
  const path = `/api/agents/${org.agentId}/status`;
  expect(await call("PATCH", path, { is_online: true }, { cookie })).toMatchObject({
    status: 403,
    body: { code: "origin_mismatch" },
  });
  expect((await call("PATCH", path, { is_online: true }, { cookie, origin: "https://evil.test" })).status).toBe(403);
  expect((await call("PATCH", path, { is_online: true }, { cookie, origin: "null" })).status).toBe(403);
  expect(await call("PATCH", path, { is_online: true }, { cookie, origin: ORIGIN })).toMatchObject({
    status: 200,
    body: { is_online: true },
  });
});

it("ends a session at logout and no other", async () => {
  const org = await organization();
  const other = await login(org.email);
  const out = await org.call("POST", "/api/auth/logout");
  expect(out.status).toBe(200);
  expect(out.headers.get("set-cookie")).toContain("omnistream_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
  expect(await org.call("GET", "/api/auth/me")).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  expect((await other.call("GET", "/api/auth/me")).status).toBe(200);
  const key = await org.apiKey(org.agentId);
  expect(await key.call("POST", "/api/auth/logout")).toMatchObject({
    status: 403,
    body: { code: "forbidden", detail: "an API key has no session" },
  });
  expect((await key.call("GET", "/api/auth/me")).status).toBe(200);
});

it("says in plain words what is wrong with a body", async () => {
  const { status, body } = await register({
    org_name: "x".repeat(201),
    admin_email: 7,
    admin_password: "short",
    country: "id",
    colour: "blue",
  });
  expect([status, body.errors]).toEqual([
    422,
    [
      { field: "org_name", message: "must have at most 200 characters" },
      { field: "admin_email", message: "must be text" },
      { field: "admin_password", message: "must have at least 6 characters" },
      { field: "country", message: "must be a country code of two capital letters, such as ID" },
      { field: "colour", message: "unknown field" },
    ],
  ]);
  expect((await call("POST", "/api/auth/login", {})).body.errors).toEqual([
    { field: "email", message: "required" },
    { field: "password", message: "required" },
  ]);
  const org = await organization();
  const said = async (method: string, path: string, sent?: unknown) => (await org.call(method, path, sent)).body.errors;
  expect(await said("GET", "/api/conversations?limit=101&status=closed")).toEqual([
    { field: "limit", message: "must be at most 100" },
    { field: "status", message: 'must be one of "open", "pending", "resolved"' },
  ]);
  expect(await said("GET", "/api/conversations/1")).toEqual([{ field: "id", message: "must be a UUID" }]);
  expect(await said("POST", "/api/conversations/bulk", { conversation_ids: [], action: "explode" })).toMatchObject([
    { field: "action", message: expect.stringMatching(/^must be one of "assign", "unassign"/) },
  ]);
  expect(await said("POST", "/api/conversations/bulk", { conversation_ids: [], action: "resolve" })).toEqual([
    { field: "conversation_ids", message: "must have at least 1 item" },
  ]);
});

it("issues short tokens of the same session, which end with it", async () => {
  const org = await organization();
  const other = await login(org.email);
  const tokenFor = async ({ call: ask }: Pick<typeof other, "call">) => {
    const { status, body, headers } = await ask("GET", "/api/auth/token");
    // A page of another site can make a browser send this GET.
    expect([status, headers.get("set-cookie")]).toEqual([200, null]);
    return { ...caller(body.token, org.agentId), expiresAt: Date.parse(body.expires_at) };
  };
  const first = await tokenFor(org);
  expect(first.expiresAt).toBeGreaterThan(clock.now() + 14 * 60 * SECOND);
  expect(first.expiresAt).toBeLessThanOrEqual(clock.now() + 15 * 60 * SECOND);
  // No token leads to one that outlives it.
  later(10 * 60 * SECOND);
  const second = await tokenFor(first);
  expect(second.expiresAt).toBeLessThanOrEqual(first.expiresAt);
  expect((await org.call("GET", "/api/auth/sessions")).body).toHaveLength(2);
  expect((await second.call("GET", "/api/auth/me")).status).toBe(200);
  later(15 * 60 * SECOND + 1);
  for (const short of [first, second]) expect((await short.call("GET", "/api/auth/me")).status).toBe(401);

  const third = await tokenFor(org);
  const fourth = await tokenFor(third);
  expect((await third.call("POST", "/api/auth/logout")).status).toBe(200);
  for (const ended of [org, third, fourth])
    for (const path of ["/api/auth/me", "/api/auth/token"]) expect((await ended.call("GET", path)).status).toBe(401);
  expect((await other.call("GET", "/api/auth/me")).status).toBe(200);
});

it("lists an agent's sessions, and ends any of them", async () => {
  const [org, stranger] = [await organization(), await organization()];
  const { body } = await call(
    "POST",
    "/api/auth/login",
    { email: org.email, password: PASSWORD },
    { "cf-connecting-ip": "203.0.113.7", "user-agent": `Firefox ${"x".repeat(400)}` },
  );
  const stolen = caller(body.token, org.agentId);
  const listed = (await org.call("GET", "/api/auth/sessions")).body;
  expect(listed).toMatchObject([
    { is_current: false, address: "203.0.113.7", user_agent: expect.stringMatching(/^Firefox x{292}$/) },
    { is_current: true, user_agent: null },
  ]);
  const path = `/api/auth/sessions/${listed[0].id}`;
  const key = await org.apiKey(org.agentId);
  for (const [who, status] of [
    [stranger, 404],
    [await org.agent("admin"), 404],
    [key, 403],
  ] as const)
    expect((await who.call("DELETE", path)).status).toBe(status);
  expect((await key.call("GET", "/api/auth/sessions")).status).toBe(403);
  expect((await stolen.call("GET", "/api/auth/me")).status).toBe(200);
  expect(await org.call("DELETE", path)).toMatchObject({ status: 200, body: { session_id: listed[0].id } });
  expect((await stolen.call("GET", "/api/auth/me")).status).toBe(401);
  expect(await org.call("DELETE", path)).toMatchObject({ status: 404, body: { code: "session_not_found" } });
  expect((await org.call("GET", "/api/auth/sessions")).body).toHaveLength(1);
});

it.each([
  ["a new password of one's own", { password: "new-horse-99", current_password: PASSWORD }, true],
  ["a new password by an admin", { password: "new-horse-99" }, false],
])("ends sessions, their tokens and API keys with %s", async (_, change, bySelf) => {
  const org = await organization();
  const agent = await org.agent("admin");
  const stolen = caller((await agent.call("GET", "/api/auth/token")).body.token, agent.agentId);
  const key = await org.apiKey(agent.agentId, "full");
  const made = await stolen.call("POST", "/api/api-keys", { name: "x", key_type: "full" });
  const ofStolen = (path: string) => call("GET", path, undefined, { "x-api-key": made.body.plaintext_key });
  expect((await ofStolen("/api/contacts")).status).toBe(200);
  const path = `/api/agents/${agent.agentId}`;
  expect((await (bySelf ? agent : org).call("PATCH", path, change)).status).toBe(200);
  for (const ended of [agent, stolen, key]) expect((await ended.call("GET", "/api/contacts")).status).toBe(401);
  expect((await ofStolen("/api/contacts")).status).toBe(401);
});

it("makes no key for a session that has ended in another isolate", async () => {
  const org = await organization();
  expect((await org.call("GET", "/api/auth/me")).status).toBe(200);
  await org.tenantDb.prepare("DELETE FROM sessions WHERE org_id = ?").bind(org.id).run();
  expect((await org.call("POST", "/api/api-keys", { name: "x", key_type: "full" })).status).toBe(401);
  expect((await org.call("GET", "/api/auth/token")).status).toBe(401);
});

it("issues a fresh token to a session, and none to a key", async () => {
  const org = await organization();
  const fresh = await org.call("GET", "/api/auth/token");
  expect(fresh.status).toBe(200);
  expect(fresh.body.token).not.toBe(org.token);
  expect((await caller(fresh.body.token, org.agentId).call("GET", "/api/auth/me")).body.id).toBe(org.agentId);
  const key = await org.apiKey(org.agentId);
  expect((await key.call("GET", "/api/auth/token")).status).toBe(401);
});

it("refuses tokens that are not ours, old or changed", async () => {
  const org = await organization();
  const [head, payload, signature] = org.token.split(".");
  const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  const other = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(payload!, "base64url").toString()), sub: crypto.randomUUID() }),
  ).toString("base64url");
  for (const token of [
    "x",
    `${none}.${payload}.`,
    `${head}.${other}.${signature}`,
    `${head}.${payload}.${signature!.slice(0, -2)}AA`,
  ]) {
    const answer = await caller(token, "").call("GET", "/api/auth/me");
    expect(answer).toMatchObject({ status: 401, headers: expect.anything() });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
  later(8 * 24 * 3600 * SECOND);
  expect((await org.call("GET", "/api/auth/me")).status).toBe(401);
});

it("refuses a suspended organization and a revoked key within five seconds", async () => {
  const org = await organization();
  const key = await org.apiKey(org.agentId);
  expect((await key.call("GET", "/api/agents")).status).toBe(200);
  await org.tenantDb.prepare("UPDATE api_keys SET revoked_at = ? WHERE org_id = ?").bind(clock.now(), org.id).run();
  later(5 * SECOND);
  expect((await key.call("GET", "/api/agents")).status).toBe(401);
  expect((await org.call("GET", "/api/agents")).status).toBe(200);
  await org.tenantDb.prepare("UPDATE orgs SET status = 'suspended' WHERE org_id = ?").bind(org.id).run();
  await env.CONTROL_DB.prepare("UPDATE organizations SET status = 'suspended' WHERE id = ?").bind(org.id).run();
  later(10 * SECOND);
  expect((await org.call("GET", "/api/agents")).status).toBe(401);
  expect((await call("POST", "/api/auth/login", { email: org.email, password: PASSWORD }, somewhere())).status).toBe(
    401,
  );
});

it("gives a key its type's and scopes' share of its owner's rights", async () => {
  const org = await organization();
  const agent = await org.agent("supervisor");
  const account = { channel: "whatsapp", display_name: "x", config: {} };
  const read = await org.apiKey(org.agentId, "read");
  expect((await read.call("GET", "/api/conversations")).status).toBe(200);
  expect((await read.call("POST", "/api/integrations/accounts", account)).status).toBe(403);
  const messaging = await org.apiKey(org.agentId, "messaging");
  expect(
    (
      await messaging.call("POST", "/api/conversations/bulk", {
        conversation_ids: [crypto.randomUUID()],
        action: "resolve",
      })
    ).status,
  ).toBe(200);
  expect((await messaging.call("POST", "/api/agents", {})).status).toBe(403);
  const scoped = await org.apiKey(org.agentId, "full", ["contacts.view"]);
  expect((await scoped.call("GET", "/api/contacts")).status).toBe(200);
  expect((await scoped.call("GET", "/api/conversations")).status).toBe(403);
  // Scopes never give what the owner does not have.
  const greedy = await org.apiKey(agent.agentId, "full", ["integrations.manage", "agents.manage"]);
  expect((await greedy.call("POST", "/api/integrations/accounts", account)).status).toBe(403);
});

it("follows a lost right at once: a demoted admin, a new password", async () => {
  const org = await organization();
  const second = await org.agent("admin");
  const key = await org.apiKey(second.agentId);
  expect((await org.call("PATCH", `/api/agents/${second.agentId}`, { role: "agent" })).status).toBe(200);
  expect((await second.call("GET", "/api/auth/me")).status).toBe(401);
  expect((await key.call("GET", "/api/integrations/accounts")).status).toBe(403);
  const again = await login(second.email);
  expect((await again.call("GET", "/api/auth/me")).body.role).toBe("agent");
});
