import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, login, organization } from "../harness";

const withKey = (key: string, method: string, path: string, body?: unknown) =>
  call(method, path, body, { "x-api-key": key });

it("is shown once, kept as a hash, and used", async () => {
  const org = await organization();
  const made = await org.call("POST", "/api/api-keys", { name: "CI", key_type: "full" }, { "idempotency-key": "k" });
  const key: string = made.body.plaintext_key;
  expect(key).toMatch(/^omk_[\w-]{43}$/);
  expect(made.body).toMatchObject({
    key_prefix: key.slice(0, 12),
    is_active: true,
    last_used_at: null,
    agent_id: org.agentId,
  });
  expect(
    (await org.call("POST", "/api/api-keys", { name: "CI", key_type: "full" }, { "idempotency-key": "k" })).body
      .plaintext_key,
  ).toBe(key);
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
  const key = async (body: object): Promise<string> =>
    (await org.call("POST", "/api/api-keys", { name: "k", ...body })).body.plaintext_key;
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
  // A supervisor may use keys, but does not manage agents.
  expect((await colleague.call("DELETE", `/api/api-keys/${body.id}`)).body.code).toBe("api_key_not_found");
  expect((await colleague.call("GET", `/api/api-keys?agent_id=${org.agentId}`)).body.code).toBe("forbidden");
  expect((await withKey(body.plaintext_key, "GET", "/api/agents")).status).toBe(200);
  await org.call("DELETE", `/api/api-keys/${body.id}`);
  expect((await withKey(body.plaintext_key, "GET", "/api/agents")).status).toBe(401);
  expect(
    (await org.call("POST", "/api/api-keys", { name: "k", key_type: "read", expires_at: "2020-01-01T00:00:00Z" })).body
      .code,
  ).toBe("api_key_expiry_past");
});

it("is refused once its owner is demoted, and can be seen and revoked by its owner and by whoever manages agents", async () => {
  const org = await organization();
  const colleague = await org.agent("supervisor");
  const [first, second] = [
    (
      await colleague.call("POST", "/api/api-keys", {
        name: "first",
        key_type: "read",
        scopes: ["contacts.view"],
        expires_at: "2100-01-01T00:00:00Z",
      })
    ).body,
    (await colleague.call("POST", "/api/api-keys", { name: "second", key_type: "full" })).body,
  ];
  const logged = await org.call("GET", `/api/activity-logs?entity_type=api_key&entity_id=${first.id}`);
  expect(logged.body.data[0].changes).toMatchObject({
    scopes: [null, ["contacts.view"]],
    expires_at: [null, first.expires_at],
  });
  await org.call("PATCH", `/api/agents/${colleague.agentId}`, { role: "agent" });
  expect((await withKey(second.plaintext_key, "GET", "/api/contacts")).body.code).toBe("forbidden");
  const demoted = await login(colleague.email);
  expect((await demoted.call("GET", "/api/api-keys")).body.map((key: any) => key.name)).toEqual(["second", "first"]);
  expect((await demoted.call("POST", "/api/api-keys", { name: "k", key_type: "read" })).body.code).toBe("forbidden");
  expect((await demoted.call("DELETE", `/api/api-keys/${first.id}`)).status).toBe(200);
  expect((await org.call("DELETE", `/api/api-keys/${second.id}`)).status).toBe(200);
  const { body } = await org.call("GET", `/api/api-keys?agent_id=${colleague.agentId}`);
  expect(body.map((key: any) => [key.name, key.is_active])).toEqual([
    ["second", false],
    ["first", false],
  ]);
  expect((await org.call("GET", "/api/api-keys")).body).toEqual([]);
});
