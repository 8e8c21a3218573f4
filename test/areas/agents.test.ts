import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { call, login, organization, PASSWORD } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const newEmail = (): string => `${crypto.randomUUID().slice(0, 13)}@example.test`;
const somewhere = (): Record<string, string> => ({ "cf-connecting-ip": crypto.randomUUID() });

it("creates, lists, reads and renames agents", async () => {
  const org = await organization();
  const email = newEmail();
  const made = await org.call("POST", "/api/agents", {
    email: ` ${email.toUpperCase()}`,
    password: PASSWORD,
    full_name: " Budi ",
  });
  expect(made).toMatchObject({
    status: 201,
    body: { email, full_name: "Budi", role: "agent", is_online: false, status: "active" },
  });
  expect(made.body).not.toHaveProperty("password");
  expect((await org.call("GET", `/api/agents/${made.body.id}`)).body).toEqual(made.body);
  expect((await org.call("GET", "/api/agents")).body.map((a: any) => a.email).toSorted()).toEqual(
    [email, org.email].toSorted(),
  );
  const renamed = await org.call("PATCH", `/api/agents/${made.body.id}`, { full_name: "Budi S.", role: "supervisor" });
  expect(renamed).toMatchObject({ status: 200, body: { full_name: "Budi S.", role: "supervisor" } });
  expect((await org.call("GET", `/api/agents/${crypto.randomUUID()}`)).body.code).toBe("agent_not_found");
  expect((await org.call("GET", "/api/agents/42")).body.code).toBe("malformed_request");
});

it("does not show or change another organization's agents", async () => {
  const [one, two] = [await organization(), await organization()];
  for (const [method, body] of [["GET"], ["PATCH", { full_name: "x" }], ["DELETE"]] as const) {
    expect((await one.call(method, `/api/agents/${two.agentId}`, body)).status).toBe(404);
  }
});

it("refuses an unknown role, a taken address and who may not", async () => {
  const [org, other] = [await organization(), await organization()];
  const agent = await org.agent();
  const body = { email: newEmail(), password: PASSWORD, full_name: "X" };
  expect(await org.call("POST", "/api/agents", { ...body, role: "boss" })).toMatchObject({
    status: 422,
    body: { code: "role_unknown", errors: [{ field: "role" }] },
  });
  expect(await org.call("POST", "/api/agents", { ...body, email: other.email })).toMatchObject({
    status: 409,
    body: { code: "agent_email_taken" },
  });
  expect(await org.call("PATCH", `/api/agents/${agent.agentId}`, { email: other.email })).toMatchObject({
    status: 409,
    body: { code: "agent_email_taken" },
  });
  expect(await agent.call("POST", "/api/agents", body)).toMatchObject({ status: 403, body: { code: "forbidden" } });
  expect((await agent.call("PATCH", `/api/agents/${org.agentId}`, { full_name: "x" })).status).toBe(403);
  expect((await agent.call("PATCH", `/api/agents/${agent.agentId}`, { role: "admin" })).status).toBe(403);
  expect((await agent.call("DELETE", `/api/agents/${org.agentId}`)).status).toBe(403);
});

it("makes one agent of calls at the same time, who can log in", async () => {
  const org = await organization();
  const email = newEmail();
  const answers = await Promise.all(
    [1, 2, 3].map(() => org.call("POST", "/api/agents", { email, password: PASSWORD, full_name: "Twin" })),
  );
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  expect((await login(email)).agentId).toBe(answers.find((answer) => answer.status === 201)!.body.id);
});

it("answers the same to the same Idempotency-Key, and refuses it for another body", async () => {
  const org = await organization();
  const body = { email: newEmail(), password: PASSWORD, full_name: "Once" };
  const first = await org.call("POST", "/api/agents", body, { "idempotency-key": "a" });
  const again = await org.call("POST", "/api/agents", body, { "idempotency-key": "a" });
  expect(again).toMatchObject({ status: 201, body: first.body });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(
    await org.call("POST", "/api/agents", { ...body, full_name: "Twice" }, { "idempotency-key": "a" }),
  ).toMatchObject({
    status: 409,
    body: { code: "idempotency_key_reused" },
  });
});

it("changes one's own password with the present one only, and ends the sessions", async () => {
  const org = await organization();
  const agent = await org.agent();
  const path = `/api/agents/${agent.agentId}`;
  for (const current_password of [undefined, "wrong"]) {
    expect(await agent.call("PATCH", path, { password: "a-new-password", current_password })).toMatchObject({
      status: 422,
      body: { code: "password_needs_current" },
    });
  }
  expect((await agent.call("PATCH", path, { password: "a-new-password", current_password: PASSWORD })).status).toBe(
    200,
  );
  expect((await agent.call("GET", "/api/auth/me")).status).toBe(401);
  expect((await login(agent.email, "a-new-password")).agentId).toBe(agent.agentId);
  expect((await call("POST", "/api/auth/login", { email: agent.email, password: PASSWORD }, somewhere())).status).toBe(
    401,
  );
});

it("keeps the last admin, also against suspension, demotion and oneself", async () => {
  const org = await organization();
  const path = `/api/agents/${org.agentId}`;
  expect(await org.call("PATCH", path, { role: "agent" })).toMatchObject({
    status: 409,
    body: { code: "agent_last_admin" },
  });
  expect(await org.call("PATCH", path, { status: "suspended" })).toMatchObject({
    status: 409,
    body: { code: "agent_is_caller" },
  });
  expect(await org.call("DELETE", path)).toMatchObject({ status: 409, body: { code: "agent_is_caller" } });
  // A suspended admin is none.
  const second = await org.agent("admin");
  await org.call("PATCH", `/api/agents/${second.agentId}`, { status: "suspended" });
  expect((await org.call("PATCH", path, { role: "agent" })).body.code).toBe("agent_last_admin");
});

it.each<[string, string, unknown]>([
  ["delete each other", "DELETE", undefined],
  ["demote each other", "PATCH", { role: "agent" }],
  ["suspend each other", "PATCH", { status: "suspended" }],
])("keeps one admin of two who %s at the same time", async (_name, method, body) => {
  const org = await organization();
  const second = await org.agent("admin");
  const answers = await Promise.all([
    org.call(method, `/api/agents/${second.agentId}`, body),
    second.call(method, `/api/agents/${org.agentId}`, body),
  ]);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  const winner = answers[0]!.status === 200 ? org : second;
  // Nothing of the other's try is left behind: the winner is still logged in, and the log tells of one deed.
  expect((await winner.call("GET", "/api/auth/me")).body.role).toBe("admin");
  const { results } = await org.tenantDb
    .prepare("SELECT * FROM activity_logs WHERE org_id = ? AND action IN ('agent.delete', 'agent.update')")
    .bind(org.id)
    .all();
  expect(results).toHaveLength(1);
});

it("deletes an agent: no session, no key, no login, and the address is free again", async () => {
  const org = await organization();
  const agent = await org.agent("supervisor");
  const key = await org.apiKey(agent.agentId);
  expect((await org.call("DELETE", `/api/agents/${agent.agentId}`)).status).toBe(200);
  expect((await agent.call("GET", "/api/auth/me")).status).toBe(401);
  expect((await key.call("GET", "/api/auth/me")).status).toBe(401);
  expect((await call("POST", "/api/auth/login", { email: agent.email, password: PASSWORD }, somewhere())).status).toBe(
    401,
  );
  expect((await org.call("GET", `/api/agents/${agent.agentId}`)).status).toBe(404);
  expect((await org.call("DELETE", `/api/agents/${agent.agentId}`)).status).toBe(404);
  expect((await org.call("GET", "/api/agents")).body).toHaveLength(1);
  const again = await org.call("POST", "/api/agents", { email: agent.email, password: PASSWORD, full_name: "Back" });
  expect(again.status).toBe(201);
  expect((await login(agent.email)).agentId).toBe(again.body.id);
});

/** Until it is taken off, what fits fails: as if the call were cut off there. */
async function cutOff(db: D1Database, what: string): Promise<() => Promise<unknown>> {
  const name = `cut_off_${crypto.randomUUID().replaceAll("-", "")}`;
  await db.prepare(`CREATE TRIGGER ${name} BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'cut off'); END`).run();
  return () => db.prepare(`DROP TRIGGER ${name}`).run();
}

it("gives an address free also where the deletion was cut off: to the next of the organization, and to everybody once it is repeated", async () => {
  const [org, other] = [await organization(), await organization()];
  const [ana, bob, cem] = [await org.agent(), await org.agent(), await org.agent()];
  for (const { agentId } of [ana, bob, cem]) {
    const mend = await cutOff(env.CONTROL_DB, `DELETE ON identities WHEN OLD.agent_id = '${agentId}'`);
    expect((await org.call("DELETE", `/api/agents/${agentId}`)).status).toBe(500);
    await mend();
  }
  const again = { email: ana.email, password: PASSWORD, full_name: "Back" };
  expect((await org.call("POST", "/api/agents", again)).status).toBe(201);
  expect((await login(ana.email)).agentId).not.toBe(ana.agentId);
  expect((await org.call("PATCH", `/api/agents/${org.agentId}`, { email: cem.email })).body.email).toBe(cem.email);
  expect((await org.call("DELETE", `/api/agents/${bob.agentId}`)).status).toBe(404);
  expect((await other.call("POST", "/api/agents", { ...again, email: bob.email })).status).toBe(201);
});

it("changes the address to log in with and the one that is shown together, or neither", async () => {
  const org = await organization();
  const agent = await org.agent();
  const path = `/api/agents/${agent.agentId}`;
  const email = newEmail();
  let mend = await cutOff(org.tenantDb, `UPDATE ON agents WHEN OLD.id = '${agent.agentId}'`);
  expect((await org.call("PATCH", path, { email })).status).toBe(500);
  await mend();
  expect((await login(agent.email)).agentId).toBe(agent.agentId);
  expect((await org.call("PATCH", `/api/agents/${org.agentId}`, { email, role: "agent" })).body.code).toBe(
    "agent_last_admin",
  );
  expect((await login(org.email)).agentId).toBe(org.agentId);
  // Cut off in between; the same call again has both.
  await env.CONTROL_DB.prepare("UPDATE identities SET email = ? WHERE agent_id = ?").bind(email, agent.agentId).run();
  mend = await cutOff(env.CONTROL_DB, `UPDATE ON identities WHEN OLD.agent_id = '${org.agentId}'`);
  expect((await org.call("PATCH", path, { email: agent.email })).body.email).toBe(agent.email);
  await mend();
  expect((await login(agent.email)).agentId).toBe(agent.agentId);
});

it("shows who is online as it is set by hand", async () => {
  const org = await organization();
  const [agent, other] = [await org.agent(), await org.agent()];
  expect((await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: true })).body.is_online).toBe(
    true,
  );
  expect((await org.call("GET", `/api/agents/${agent.agentId}`)).body.is_online).toBe(true);
  expect((await other.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: false })).status).toBe(403);
  expect((await org.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: false })).body.is_online).toBe(
    false,
  );
});

it("keeps a log of every change with before and after, and without a secret", async () => {
  const org = await organization();
  const agent = await org.agent();
  await org.call("PATCH", `/api/agents/${agent.agentId}`, {
    full_name: "Ana Baru",
    role: "supervisor",
    password: "another-password",
  });
  await org.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: true });
  await org.call("DELETE", `/api/agents/${agent.agentId}`);
  const { results } = await org.tenantDb
    .prepare(
      "SELECT action, actor_id, changes FROM activity_logs WHERE org_id = ? AND entity_id = ? ORDER BY created_at, id",
    )
    .bind(org.id, agent.agentId)
    .all<{ action: string; actor_id: string; changes: string }>();
  expect(results.map((row) => [row.action, row.actor_id, JSON.parse(row.changes)])).toEqual([
    ["agent.create", org.agentId, { email: [null, agent.email], role: [null, "agent"] }],
    [
      "agent.update",
      org.agentId,
      { full_name: ["Ana Agent", "Ana Baru"], role: ["agent", "supervisor"], password: ["(hidden)", "(changed)"] },
    ],
    ["agent.set_online", org.agentId, { is_online_by_hand: [null, true] }],
    [
      "agent.delete",
      org.agentId,
      {
        email: [agent.email, null],
        full_name: ["Ana Baru", null],
        role: ["supervisor", null],
        status: ["active", null],
        division_ids: [[], null],
      },
    ],
  ]);
  expect(JSON.stringify(results)).not.toContain("another-password");
  const identity = await env.CONTROL_DB.prepare("SELECT password_hash FROM identities WHERE agent_id = ?")
    .bind(org.agentId)
    .first<{ password_hash: string }>();
  expect(identity!.password_hash).toMatch(/^\$scrypt\$/);
});
