import { afterEach, expect, it, vi } from "vitest";
import { clock, MINUTE } from "../../src/kit/clock";
import { eventually, graph, type Org, organization } from "../harness";
import { newMetaId, newPage } from "../login";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 30_000 });

const { now } = clock;
afterEach(() => {
  clock.now = now;
  graph.faults.clear();
});

const config = (more: object = {}) => ({
  phone_number_id: newMetaId(),
  waba_id: newMetaId(),
  access_token: "EAAG-a-secret-token-1234",
  ...more,
});
const put = (org: Pick<Org, "call">, body: object, channel = "whatsapp") =>
  org.call("PUT", `/api/integrations/${channel}`, body);
const EMPTY = { id: null, is_active: false, config: {}, created_at: null, updated_at: null, division_id: null };

it("lists every channel, with the default account of those that have one", async () => {
  const org = await organization();
  const channels = ["whatsapp", "instagram", "messenger", "email"];
  expect((await org.call("GET", "/api/integrations")).body).toEqual(channels.map((channel) => ({ channel, ...EMPTY })));
  const [first] = [await org.connect(), await org.connect()];
  const { body } = await org.call("GET", "/api/integrations");
  expect(body).toHaveLength(4);
  expect(body[0]).toMatchObject({
    id: first.id,
    channel: "whatsapp",
    is_active: true,
    config: { phone_number_id: first.phoneNumberId },
  });
  expect((await org.call("GET", "/api/integrations/whatsapp")).body).toEqual(body[0]);
  expect((await org.call("GET", "/api/integrations/email")).body).toEqual({ channel: "email", ...EMPTY });
});

it("connects the first account, and afterwards merges into it: a masked value keeps what is stored", async () => {
  const org = await organization();
  const made = await put(org, { config: config({ app_secret: "an-app-secret-9876" }) });
  expect(made).toMatchObject({ status: 200, body: { channel: "whatsapp", is_active: true } });
  expect(made.body.config).toMatchObject({ access_token: "••••1234", app_secret: "••••9876" });
  const account = (await org.call("GET", `/api/integrations/accounts/${made.body.id}`)).body;
  expect(account).toMatchObject({ is_default: true, account_key: `wa-${made.body.config.phone_number_id}` });
  // The whole answer sent back, as a form does it.
  expect((await put(org, { config: made.body.config })).body.config).toEqual(made.body.config);
  const changed = await put(org, {
    is_active: false,
    config: { ...made.body.config, access_token: "EAAG-another-token-5678" },
  });
  expect(changed.body).toMatchObject({
    id: made.body.id,
    is_active: false,
    config: { access_token: "••••5678", app_secret: "••••9876" },
  });
  expect((await org.call("GET", "/api/integrations/accounts")).body).toHaveLength(1);
});

it("refuses what is incomplete, what the channel refuses, another account, and somebody else's", async () => {
  const [org, other] = [await organization(), await organization()];
  expectProblem(await put(org, {}), 422, "integration_config_invalid");
  expectProblem(await put(org, { config: { phone_number_id: "1" } }), 422, "integration_config_invalid");
  expectProblem(await put(org, { display_name: "x" }), 422, "invalid_request");
  graph.faults.set({ deadTokens: ["a-dead-token-000000"] });
  expectProblem(await put(org, { config: config({ access_token: "a-dead-token-000000" }) }), 422, "channel_refused");
  const mine = config();
  expect((await put(org, { config: mine })).status).toBe(200);
  expectProblem(await put(org, { config: config() }), 422, "integration_config_invalid");
  expectProblem(await put(other, { config: mine }), 409, "integration_account_exists");
  expectProblem(await org.call("GET", "/api/integrations/telegram"), 400, "malformed_request");
});

it("deletes the default account only; the oldest of the others becomes it", async () => {
  const org = await organization();
  expectProblem(await org.call("DELETE", "/api/integrations/whatsapp"), 404, "integration_not_found");
  const [first, second] = [await org.connect(), await org.connect()];
  expect((await org.call("DELETE", "/api/integrations/whatsapp")).body).toMatchObject({ account_id: first.id });
  expect((await org.call("GET", "/api/integrations/whatsapp")).body.id).toBe(second.id);
  expect((await org.call("DELETE", "/api/integrations/whatsapp")).status).toBe(200);
  expect((await org.call("GET", "/api/integrations/whatsapp")).body).toEqual({ channel: "whatsapp", ...EMPTY });
});

it("lets supervisors look and only admins change", async () => {
  const org = await organization();
  await put(org, { config: config() });
  const supervisor = await org.agent("supervisor");
  expect((await supervisor.call("GET", "/api/integrations")).body[0].config.access_token).toBe("••••1234");
  expectProblem(await put(supervisor, { is_active: false }), 403, "forbidden");
  expectProblem(await supervisor.call("DELETE", "/api/integrations/whatsapp"), 403, "forbidden");
});

it("reports an account's health in Meta's words, asks once a minute, and anew after a webhook", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect();
  const path = `/api/integrations/accounts/${id}/health`;
  const number = graph.state.numbers.get(phoneNumberId)!;
  const reason = { error_code: 141_006, error_description: "No payment method", possible_solution: "Add one" };
  number.health = {
    quality_rating: "YELLOW",
    whatsapp_business_manager_messaging_limit: undefined,
    messaging_limit_tier: "TIER_10K",
    throughput: { level: "HIGH" },
    health_status: {
      can_send_message: "LIMITED",
      entities: [
        { entity_type: "PHONE_NUMBER", id: phoneNumberId, can_send_message: "AVAILABLE" },
        { entity_type: "WABA", id: "1", can_send_message: "LIMITED", errors: [reason], additional_info: ["A note"] },
      ],
    },
  };
  const asked = () =>
    graph.state.requests.filter(({ method, path: at }) => method === "GET" && at.endsWith(`/${phoneNumberId}`)).length;
  const before = asked();
  const first = await org.call("GET", path);
  expect(first).toMatchObject({
    status: 200,
    body: {
      account_id: id,
      can_send_message: "LIMITED",
      quality_rating: "YELLOW",
      messaging_limit: "TIER_10K",
      throughput: "HIGH",
      status: "CONNECTED",
      entities: [
        { entity_type: "PHONE_NUMBER", can_send_message: "AVAILABLE", errors: [] },
        {
          entity_type: "WABA",
          can_send_message: "LIMITED",
          additional_info: ["A note"],
          errors: [{ error_code: "141006", error_description: "No payment method", possible_solution: "Add one" }],
        },
      ],
    },
  });
  const listed = async () => (await org.call("GET", `/api/integrations/accounts/${id}`)).body;
  expect(await listed()).toMatchObject({ quality_rating: "YELLOW", messaging_limit: "TIER_10K" });
  number.health = { quality_rating: "GREEN" };
  expect((await org.call("GET", path)).body).toEqual(first.body);
  expect(asked()).toBe(before + 1);
  graph.customers.deliverChange({
    wabaId: phoneNumberId.slice(0, 14),
    field: "phone_number_quality_update",
    value: { display_phone_number: number.displayPhoneNumber, event: "UNFLAGGED", current_limit: "TIER_1K" },
  });
  await graph.settle();
  await eventually(async () => expect((await org.call("GET", path)).body.quality_rating).toBe("GREEN"));
  number.health = { quality_rating: "RED" };
  clock.now = () => now() + MINUTE;
  expect((await org.call("GET", path)).body.quality_rating).toBe("RED");
});

it("tells a dead token from an absent channel, and has nothing to say of a page", async () => {
  const org = await organization();
  const { id } = await org.connect({ access_token: "dies-before-the-look" });
  const path = `/api/integrations/accounts/${id}/health`;
  graph.faults.set({ outage: { mode: "500" } });
  expectProblem(await org.call("GET", path), 503, "channel_unavailable");
  graph.faults.set({ deadTokens: ["dies-before-the-look"] });
  const refused = await org.call("GET", path);
  expectProblem(refused, 422, "channel_refused");
  expect(refused.body.detail).toContain("190");
  expect((await org.call("GET", `/api/integrations/accounts/${id}`)).body.health).toBe("needs_reauth");
  const page = await org.call("POST", "/api/integrations/accounts", {
    channel: "messenger",
    display_name: "Page",
    config: { page_id: newPage().id, access_token: "a-page-token" },
  });
  expectProblem(
    await org.call("GET", `/api/integrations/accounts/${page.body.id}/health`),
    422,
    "account_health_unsupported",
  );
  expectProblem(await (await organization()).call("GET", path), 404, "integration_account_not_found");
});
