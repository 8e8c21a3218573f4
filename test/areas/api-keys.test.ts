import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, organization } from "../harness";

const withKey = (key: string, method: string, path: string, body?: unknown) => call(method, path, body, { "x-api-key": key });

it("is shown once, kept as a hash, and used", async () => {
  const org = await organization();
  const made = await org.call("POST", "/api/api-keys", { name: "CI", key_type: "full" }, { "idempotency-key": "k" });
  const key: string = made.body.plaintext_key;
  expect(key).toMatch(/^omk_[\w-]{43}$/);
  expect(made.body).toMatchObject({ key_prefix: key.slice(0, 12), is_active: true, last_used_at: null, agent_id: org.agentId });
  expect((await org.call("POST", "/api/api-keys", { name: "CI", key_type: "full" }, { "idempotency-key": "k" })).body.plaintext_key).toBe(key);
  const dump = JSON.stringify([
    (await org.tenantDb.prepare("SELECT * FROM api_keys").all()).results,
    (await org.tenantDb.prepare("SELECT * FROM idempotency_keys").all()).results,
    (await org.tenantDb.prepare("SELECT * FROM activity_logs").all()).results,
    (await env.CONTROL_DB.prepare("SELECT * FROM api_key_routes").all()).results,
  ]);
  expect(dump).not.toContain(key);
  expect((await withKey(key, "GET", "/api/conversations")).status).toBe(200);
  const { body } = await org.call("GET", "/api/api-keys");
  expect(body).toHaveLength(1);
  expect(JSON.stringify(body)).not.toContain(key);
  expect(body[0].last_used_at).not.toBeNull();
});

it("may what its type, its scopes and its owner may", async () => {
  const org = await organization();
  const key = async (body: object): Promise<string> => (await org.call("POST", "/api/api-keys", { name: "k", ...body })).body.plaintext_key;
  const reader = await key({ key_type: "read" });
  expect((await withKey(reader, "GET", "/api/agents")).status).toBe(200);
  expect((await withKey(reader, "POST", "/api/roles", { name: "x", permissions: [] })).status).toBe(403);
  // It cannot make itself another without its limits.
  const developer = await key({ key_type: "full", scopes: ["developer.access"] });
  expect((await withKey(developer, "GET", "/api/api-keys")).status).toBe(200);
  expect((await withKey(developer, "POST", "/api/api-keys", { name: "all", key_type: "full" })).status).toBe(403);
  const scoped = await key({ key_type: "full", scopes: ["contacts.view"] });
  expect((await withKey(scoped, "GET", "/api/contacts")).status).toBe(200);
  expect((await withKey(scoped, "GET", "/api/agents")).status).toBe(403);
});

it("is refused when it is revoked or has expired, and is nobody else's", async () => {
  const org = await organization();
  const colleague = await org.agent("supervisor");
  const { body } = await org.call("POST", "/api/api-keys", { name: "k", key_type: "read" });
  expect((await colleague.call("DELETE", `/api/api-keys/${body.id}`)).body.code).toBe("api_key_not_found");
  expect((await withKey(body.plaintext_key, "GET", "/api/agents")).status).toBe(200);
  await org.call("DELETE", `/api/api-keys/${body.id}`);
  expect((await withKey(body.plaintext_key, "GET", "/api/agents")).status).toBe(401);
  expect((await org.call("POST", "/api/api-keys", { name: "k", key_type: "read", expires_at: "2020-01-01T00:00:00Z" })).body.code).toBe("api_key_expiry_past");
});
