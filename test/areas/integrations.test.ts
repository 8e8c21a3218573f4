import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { conversationIdOf } from "../../src/domain/ids";
import { customerWrites, eventually, graph, type Org, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => graph.faults.clear());

const numberId = (): string => String(Math.floor(1e14 + Math.random() * 8e14));
const account = (more: Record<string, unknown> = {}, config: Record<string, unknown> = {}) => ({
  channel: "whatsapp",
  display_name: "Toko",
  ...more,
  config: {
    phone_number_id: numberId(),
    waba_id: "102290129340398",
    access_token: "EAAG-a-secret-token-1234",
    ...config,
  },
});
const connect = (org: Org, body: unknown = account(), headers?: Record<string, string>) =>
  org.call("POST", "/api/integrations/accounts", body, headers);

it("connects a number: registered and subscribed, derived key, the first one default", async () => {
  const org = await organization();
  const body = account();
  const made = await connect(org, body);
  expect(made).toMatchObject({
    status: 201,
    body: {
      channel: "whatsapp",
      account_key: `wa-${body.config.phone_number_id}`,
      display_name: "Toko",
      is_active: true,
      is_default: true,
      division_id: null,
      health: "connected",
      webhook_url: "http://app.test/webhook",
    },
  });
  expect(graph.state.numbers.get(body.config.phone_number_id)?.registered).toBe(true);
  expect(graph.state.subscriptions.get("102290129340398")?.subscribed).toBe(true);
  expect((await org.call("GET", `/api/integrations/accounts/${made.body.id}`)).body).toEqual(made.body);
  expect((await org.call("GET", "/api/integrations/accounts")).body).toEqual([made.body]);
  expect((await org.call("GET", "/api/integrations/accounts?channel=email")).body).toEqual([]);
});

it("keeps secrets encrypted, shows them masked, and never logs them", async () => {
  const org = await organization();
  const made = await connect(org, account({}, { app_secret: "an-app-secret-9876" }));
  expect(made.body.config).toMatchObject({ access_token: "••••1234", app_secret: "••••9876" });
  await org.call("PATCH", `/api/integrations/accounts/${made.body.id}`, {
    config: { access_token: "EAAG-another-token-5678" },
  });
  const row = await org.tenantDb
    .prepare("SELECT * FROM integration_accounts WHERE id = ?")
    .bind(made.body.id)
    .first<any>();
  expect(JSON.parse(row.config).access_token).toMatch(/^v1:/);
  const route = await env.CONTROL_DB.prepare("SELECT * FROM channel_routes WHERE account_id = ?")
    .bind(made.body.id)
    .first();
  const logs = await org.tenantDb
    .prepare(
      "SELECT action, changes FROM activity_logs WHERE org_id = ? AND entity_type = 'integration_account' ORDER BY created_at",
    )
    .bind(org.id)
    .all();
  expect(logs.results.map((log: any) => [log.action, JSON.parse(log.changes)])).toEqual([
    ["integration.create", { account_key: [null, made.body.account_key], display_name: [null, "Toko"] }],
    ["integration.update", { config: ["(hidden)", "(changed)"] }],
  ]);
  for (const secret of ["EAAG-a-secret-token-1234", "EAAG-another-token-5678", "an-app-secret-9876"]) {
    expect(
      JSON.stringify([row, route, logs.results, (await org.call("GET", "/api/integrations/accounts")).body]),
    ).not.toContain(secret);
  }
});

it("keeps what is there for a masked value, and merges the rest", async () => {
  const org = await organization();
  const made = await connect(org, account({}, { app_secret: "an-app-secret-9876" }));
  const path = `/api/integrations/accounts/${made.body.id}`;
  const sealed = async () =>
    (await org.tenantDb
      .prepare("SELECT config FROM integration_accounts WHERE id = ?")
      .bind(made.body.id)
      .first<{ config: string }>())!.config;
  const before = await sealed();
  // The whole answer sent back, as a form does it.
  expect(await org.call("PATCH", path, { display_name: "Renamed", config: made.body.config })).toMatchObject({
    status: 200,
    body: { display_name: "Renamed", config: made.body.config },
  });
  expect(await sealed()).toBe(before);
  const changed = await org.call("PATCH", path, {
    config: { access_token: "EAAG-another-token-5678", app_secret: made.body.config.app_secret },
  });
  expect(changed.body.config).toMatchObject({
    access_token: "••••5678",
    app_secret: "••••9876",
    waba_id: "102290129340398",
  });
});

it("refuses what is incomplete, unknown or another number", async () => {
  const org = await organization();
  const invalid = await connect(org, account({}, { phone_number_id: "+62 812", colour: "blue" }));
  expect(invalid).toMatchObject({ status: 422, body: { code: "integration_config_invalid" } });
  expect(invalid.body.errors.map((e: any) => e.field)).toContain("config.phone_number_id");
  expect((await connect(org, account({ colour: "blue" }))).body.code).toBe("invalid_request");
  const made = await connect(org);
  expect(
    await org.call("PATCH", `/api/integrations/accounts/${made.body.id}`, { config: { phone_number_id: numberId() } }),
  ).toMatchObject({
    status: 422,
    body: { code: "integration_config_invalid" },
  });
  expect((await org.call("GET", `/api/integrations/accounts/${crypto.randomUUID()}`)).body.code).toBe(
    "integration_account_not_found",
  );
});

it("refuses a key for an account that has a derived one, and says so", async () => {
  const org = await organization();
  const body = account();
  const derived = `wa-${body.config.phone_number_id}`;
  const refused = { status: 422, body: { code: "integration_config_invalid", errors: [{ field: "account_key" }] } };
  expect(await connect(org, { ...body, account_key: "mine" })).toMatchObject(refused);
  const made = await connect(org, { ...body, account_key: derived });
  expect(made.body.account_key).toBe(derived);
  const path = `/api/integrations/accounts/${made.body.id}`;
  expect(await org.call("PATCH", path, { account_key: "mine", display_name: "Renamed" })).toMatchObject(refused);
  expect((await org.call("PATCH", path, { account_key: derived })).body).toEqual(made.body);
});

it("tells the channel's refusal from its absence, and a refused number stays free for its owner", async () => {
  const [thief, owner] = [await organization(), await organization()];
  const body = account({}, { access_token: "a-dead-token-000000" });
  graph.faults.add({ deadTokens: ["a-dead-token-000000"] });
  expect(await connect(thief, body)).toMatchObject({ status: 422, body: { code: "channel_refused" } });
  expect((await thief.call("GET", "/api/integrations/accounts")).body).toEqual([]);
  graph.faults.set({ outage: { mode: "500" } });
  expect(await connect(thief, account())).toMatchObject({ status: 503, body: { code: "channel_unavailable" } });
  graph.faults.clear();
  expect((await connect(owner, account({}, { phone_number_id: body.config.phone_number_id }))).status).toBe(201);
});

it("gives a number to one organization, and once", async () => {
  const [one, two] = [await organization(), await organization()];
  const body = account();
  expect((await connect(one, body)).status).toBe(201);
  expect(await connect(one, body)).toMatchObject({ status: 409, body: { code: "integration_account_exists" } });
  expect(await connect(two, body)).toMatchObject({ status: 409, body: { code: "integration_account_exists" } });
  const twice = account();
  const answers = await Promise.all([connect(one, twice), connect(two, twice)]);
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409]);
});

it("answers the same to the same Idempotency-Key", async () => {
  const org = await organization();
  const body = account();
  const first = await connect(org, body, { "idempotency-key": "k" });
  expect(await connect(org, body, { "idempotency-key": "k" })).toMatchObject({ status: 201, body: first.body });
  expect((await org.call("GET", "/api/integrations/accounts")).body).toHaveLength(1);
});

it("has one default for a channel, whatever is created, chosen and deleted", async () => {
  const org = await organization();
  const made = [await connect(org), await connect(org), await connect(org, account({ is_default: true }))].map(
    (answer) => answer.body,
  );
  const defaults = async () =>
    (await org.call("GET", "/api/integrations/accounts")).body.filter((a: any) => a.is_default).map((a: any) => a.id);
  expect(made.map((a) => a.is_default)).toEqual([true, false, true]);
  expect(await defaults()).toEqual([made[2].id]);
  expect((await org.call("POST", `/api/integrations/accounts/${made[1].id}/default`)).body.is_default).toBe(true);
  expect(await defaults()).toEqual([made[1].id]);
  await Promise.all([
    org.call("POST", `/api/integrations/accounts/${made[0].id}/default`),
    org.call("PATCH", `/api/integrations/accounts/${made[2].id}`, { is_default: true }),
  ]);
  expect(await defaults()).toHaveLength(1);
  const [current] = await defaults();
  expect((await org.call("DELETE", `/api/integrations/accounts/${current}`)).status).toBe(200);
  expect(await defaults()).toHaveLength(1);
});

it("reads and sends nothing through a deleted account, and continues its conversations when it is back", async () => {
  const org = await organization();
  const body = account();
  const made = await connect(org, body);
  const from = phone();
  await customerWrites(body.config.phone_number_id, from, "Before");
  const id = conversationIdOf(org.id, made.body.id, `+${from}`);
  await org.call("DELETE", `/api/integrations/accounts/${made.body.id}`);
  const sent = await org.call("POST", `/api/conversations/${id}/messages`, {
    type: "text",
    content: { text: "Anybody?" },
  });
  expect(sent.status).toBe(201);
  const messages = async () => (await org.call("GET", `/api/conversations/${id}/messages`)).body.messages;
  await eventually(async () =>
    expect((await messages()).at(-1)).toMatchObject({ status: "failed", failure: { code: "account_missing" } }),
  );
  const again = await connect(org, body);
  expect(again.body.id).toBe(made.body.id);
  await customerWrites(body.config.phone_number_id, from, "After");
  expect((await messages()).map((m: any) => m.content.text).toSorted()).toEqual(["After", "Anybody?", "Before"]);
});

it("shows a dead token on the account", async () => {
  const org = await organization();
  const body = account({}, { access_token: "dies-later-0000000" });
  const made = await connect(org, body);
  const from = phone();
  await customerWrites(body.config.phone_number_id, from);
  graph.faults.add({ deadTokens: ["dies-later-0000000"] });
  await org.call("POST", `/api/conversations/${conversationIdOf(org.id, made.body.id, `+${from}`)}/messages`, {
    type: "text",
    content: { text: "x" },
  });
  const look = async () => (await org.call("GET", `/api/integrations/accounts/${made.body.id}`)).body;
  await eventually(async () => expect(await look()).toMatchObject({ health: "needs_reauth" }));
  expect((await look()).health_detail).toContain("190");
  // New secrets are a new beginning.
  graph.faults.clear();
  expect(
    (
      await org.call("PATCH", `/api/integrations/accounts/${made.body.id}`, {
        config: { access_token: "a-living-token-111" },
      })
    ).body,
  ).toMatchObject({
    health: "connected",
    health_detail: null,
  });
});

it("lets agents look and only admins write; strangers neither", async () => {
  const [org, other] = [await organization(), await organization()];
  const made = await connect(org);
  const path = `/api/integrations/accounts/${made.body.id}`;
  const [supervisor, agent] = [await org.agent("supervisor"), await org.agent()];
  for (const who of [supervisor, agent])
    expect(await who.call("GET", path)).toMatchObject({
      status: 200,
      body: { display_name: made.body.display_name, verify_token: expect.stringContaining("••••") },
    });
  expect((await other.call("GET", path)).status).toBe(404);
  for (const who of [supervisor, agent]) {
    expect((await who.call("POST", "/api/integrations/accounts", account())).status).toBe(403);
    expect((await who.call("PATCH", path, { display_name: "x" })).status).toBe(403);
    expect((await who.call("POST", `${path}/default`)).status).toBe(403);
    expect((await who.call("DELETE", path)).status).toBe(403);
  }
  expect((await other.call("DELETE", path)).status).toBe(404);
});
