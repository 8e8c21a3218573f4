import { env } from "cloudflare:workers";
import { afterEach, expect, inject, it, vi } from "vitest";
import { signatureOf } from "../../simulators/graph/webhook.ts";
import { parse } from "../../src/channels/whatsapp/inbound";
import { ServerFrame } from "../../src/domain/live-frames";
import { clock, HOUR } from "../../src/kit/clock";
import { conversationIdOf } from "../../src/domain/ids";
import { type Caller, customerWrites, door, eventually, graph, type Org, organization, phone } from "../harness";

/** WhatsApp's reports about accounts and numbers: kept on the account in plain words, by time, and told live. */

vi.setConfig({ testTimeout: 30_000 });
const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const BUSINESS = "2949482758682047";
const NOW = Math.floor(Date.now() / 1000);
const newWaba = (): string => String(Math.floor(1e13 + Math.random() * 8e13));

async function deliver(entry: object, secret = "test-app-secret"): Promise<number> {
  const body = JSON.stringify({ object: "whatsapp_business_account", entry: [entry] });
  const headers = { "content-type": "application/json", "x-hub-signature-256": await signatureOf(body, secret) };
  return (await door("/webhook", { method: "POST", body, headers })).status;
}

interface Reported {
  field: string;
  value: object;
  time?: number;
}
const tell = async (waba: string, { field, value, time = NOW }: Reported): Promise<void> =>
  expect(await deliver({ id: waba, time, changes: [{ field, value }] })).toBe(200);
const update = (value: object, time?: number): Reported => ({
  field: "account_update",
  value,
  ...(time !== undefined && { time }),
});

interface Connected {
  org: Org;
  waba: string;
  id: string;
  phoneNumberId: string;
  look(): Promise<any>;
}
async function connected(config: Record<string, string> = {}): Promise<Connected> {
  const [org, waba] = [await organization(), newWaba()];
  const account = await org.connect({ waba_id: waba, ...config });
  const look = async () => (await org.call("GET", `/api/integrations/accounts/${account.id}`)).body;
  return { org, waba, ...account, look };
}
const displayOf = ({ phoneNumberId }: { phoneNumberId: string }): string =>
  graph.state.numbers.get(phoneNumberId)!.displayPhoneNumber;

/** The frames of an inbox socket. Each is one that the contract knows. */
async function listen(who: Caller, since = ""): Promise<ServerFrame[]> {
  const frames: ServerFrame[] = [];
  const { webSocket } = await door(`/api/live${since}`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${who.token}` },
  });
  webSocket!.addEventListener("message", ({ data }) => void frames.push(ServerFrame.parse(JSON.parse(String(data)))));
  webSocket!.accept();
  await eventually(async () => expect(frames[0]).toMatchObject({ type: "hello" }));
  return frames;
}
const accountFrames = (frames: readonly ServerFrame[]) =>
  frames.filter((frame) => frame.type === "account.updated") as any[];
const counted = async (): Promise<number> =>
  (await env.CONTROL_DB.prepare("SELECT coalesce(sum(n), 0) AS n FROM counters WHERE name = 'webhook.unknown'").first<{
    n: number;
  }>())!.n;

it.each([
  ["removed as a partner", { event: "PARTNER_REMOVED" }, /access .* withdrawn\. Connect/, { event: "PARTNER_ADDED" }],
  [
    "the phone's app was not opened",
    { event: "PARTNER_REMOVED", disconnection_info: { reason: "PRIMARY_INACTIVITY", initiated_by: "SYSTEM" } },
    /not opened on its phone/,
    { event: "PARTNER_ADDED" },
  ],
  [
    "the app was uninstalled",
    { event: "PARTNER_APP_UNINSTALLED" },
    /app was removed/,
    { event: "PARTNER_APP_INSTALLED" },
  ],
  ["offboarded", { event: "ACCOUNT_OFFBOARDED" }, /another device/, { event: "ACCOUNT_RECONNECTED" }],
  ["deleted", { event: "ACCOUNT_DELETED" }, /deleted/, { event: "ACCOUNT_RECONNECTED" }],
])("disconnects an account and connects it again, live for those who manage it: %s", async (_, gone, words, back) => {
  const { org, waba, id, look } = await connected();
  const other = await connected();
  const [admin, agent] = [await listen(org), await listen(await org.agent())];
  // An event of a partner is in an entry of the partner's own business.
  const isPartners = gone.event.startsWith("PARTNER_");
  const say = (value: object, time: number) =>
    tell(isPartners ? BUSINESS : waba, update({ ...value, ...(isPartners && { waba_info: { waba_id: waba } }) }, time));

  for (let i = 0; i < 2; i++) await say(gone, NOW);
  const { health, health_detail, reports } = await look();
  expect([health, health_detail]).toEqual(["disconnected", expect.stringMatching(words)]);
  expect(health_detail).not.toMatch(/_/);
  const report = { aspect: "access", text: health_detail, needs_action: true, at: new Date(NOW * 1000).toISOString() };
  expect(reports).toEqual([report]);
  await say(back, NOW + 5);
  expect(await look()).toMatchObject({ health: "connected", health_detail: null });
  // Older, and late.
  await say(gone, NOW + 2);
  expect(await look()).toMatchObject({ health: "connected", health_detail: null });
  expect(await other.look()).toMatchObject({ health: "connected", reports: [] });

  await eventually(async () => expect(accountFrames(admin)).toHaveLength(2));
  expect(accountFrames(admin)[0]).toMatchObject({
    entity_id: id,
    data: { health: ["connected", "disconnected"], health_detail: [null, health_detail], reports: [[], [report]] },
  });
  expect(accountFrames(admin)[1]).toMatchObject({ data: { health: ["disconnected", "connected"] } });
  expect(accountFrames(agent)).toEqual([]);
  // Whoever was away gets it too.
  const late = await listen(org, "?since=0");
  await eventually(async () => expect(accountFrames(late)).toEqual(accountFrames(admin)));
  const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=integration_account&entity_id=${id}`);
  expect(log.data.map((entry: any) => [entry.actor_kind, entry.action, entry.changes.health])).toEqual([
    ["system", "integration.update", ["disconnected", "connected"]],
    ["system", "integration.update", ["connected", "disconnected"]],
    [expect.any(String), "integration.create", undefined],
  ]);
});

it("shows a restriction until it ends, and a ban until it is lifted", async () => {
  const { waba, look } = await connected();
  const ends = NOW + 3600;
  const restriction_info = [{ restriction_type: "RESTRICTED_BIZ_INITIATED_MESSAGING", expiration: ends }];
  await tell(waba, update({ event: "ACCOUNT_RESTRICTION", restriction_info }));
  expect(await look()).toMatchObject({
    health: "degraded",
    health_detail: "WhatsApp restricts the account: it may not message people first.",
    restricted_until: new Date(ends * 1000).toISOString(),
  });
  clock.now = () => realNow() + HOUR + 1;
  expect(await look()).toMatchObject({ health: "connected", health_detail: null, restricted_until: null });
  clock.now = realNow;
  const ban_info = (state: string) => ({ waba_ban_state: state, waba_ban_date: "April 17, 2026" });
  await tell(waba, update({ event: "DISABLED_UPDATE", ban_info: ban_info("SCHEDULE_FOR_DISABLE") }, NOW + 1));
  expect(await look()).toMatchObject({
    health: "degraded",
    health_detail: "WhatsApp will disable the account: April 17, 2026.",
  });
  await tell(waba, update({ event: "DISABLED_UPDATE", ban_info: ban_info("DISABLE") }, NOW + 2));
  expect(await look()).toMatchObject({ health: "disconnected", restricted_until: null });
  // Another subject does not lift it.
  await tell(waba, update({ event: "PARTNER_ADDED" }, NOW + 3));
  expect(await look()).toMatchObject({ health: "disconnected" });
  await tell(waba, update({ event: "DISABLED_UPDATE", ban_info: ban_info("REINSTATE") }, NOW + 4));
  expect(await look()).toMatchObject({ health: "connected", health_detail: null });
  await tell(waba, update({ event: "ACCOUNT_VIOLATION", violation_info: { violation_type: "ADULT" } }, NOW + 5));
  expect(await look()).toMatchObject({
    health: "degraded",
    health_detail: "WhatsApp reports a violation of its policies: ADULT.",
  });
});

it.each<[string, string, object, RegExp, boolean, object]>([
  [
    "name",
    "phone_number_name_update",
    { decision: "APPROVED" },
    /"Toko" was approved/,
    false,
    { verified_name: "Toko" },
  ],
  [
    "name",
    "phone_number_name_update",
    { decision: "REJECTED", rejection_reason: "NAME_INDIVIDUAL_ISSUE" },
    /rejected: it names a person/,
    true,
    { verified_name: "Demo" },
  ],
  ["name", "phone_number_name_update", { decision: "DEFERRED" }, /deferred/, false, { verified_name: "Demo" }],
  [
    "quality",
    "phone_number_quality_update",
    { event: "FLAGGED", current_limit: "TIER_1K" },
    /quality is low/,
    true,
    { quality_rating: "RED", messaging_limit: "TIER_1K" },
  ],
  ["quality", "phone_number_quality_update", { event: "UNFLAGGED" }, /no longer/, false, { quality_rating: "UNKNOWN" }],
  [
    "limit",
    "phone_number_quality_update",
    { event: "DOWNGRADE", old_limit: "TIER_10K", current_limit: "TIER_1K" },
    /lowered to TIER_1K/,
    true,
    { messaging_limit: "TIER_1K", quality_rating: "GREEN" },
  ],
  [
    "limit",
    "business_capability_update",
    { max_daily_conversations_per_business: "TIER_2K", max_phone_numbers_per_business: 25 },
    /TIER_2K.*25 phone numbers/,
    false,
    { messaging_limit: "TIER_2K" },
  ],
  ["security", "security", { event: "PIN_CHANGED" }, /PIN .* changed/, true, {}],
  ["security", "security", { event: "PIN_RESET_REQUEST", requester: "61555822107539" }, /61555822107539/, true, {}],
  [
    "alert",
    "account_alerts",
    {
      entity_type: "WABA",
      entity_id: "1",
      alert_info: {
        alert_severity: "WARNING",
        alert_status: "ACTIVE",
        alert_type: "X",
        alert_description: "Verify it",
      },
    },
    /^Verify it$/,
    true,
    {},
  ],
  [
    "alert",
    "account_alerts",
    { alert_severity: "INFORMATIONAL", alert_status: "NONE", alert_type: "OBA_APPROVED" },
    /^oba approved\.$/,
    false,
    {},
  ],
  ["review", "account_review_update", { decision: "REJECTED" }, /rejected/, true, { health: "connected" }],
  ["review", "account_review_update", { decision: "APPROVED" }, /approved/, false, {}],
  [
    "other",
    "account_update",
    { event: "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE", country: "IN" },
    /: IN\.$/,
    false,
    {},
  ],
])("keeps the last report of %s: %s %o", async (aspect, field, value, words, needs_action, shown) => {
  const { org, waba, look, ...account } = await connected();
  graph.state.numbers.get(account.phoneNumberId)!.verifiedName = "Demo";
  await org.call("PATCH", `/api/integrations/accounts/${account.id}`, { config: { access_token: "another-token-1" } });
  const sibling = await org.connect({ waba_id: waba });
  const before = await counted();
  const admin = await listen(org);
  const isOfNumber = field.startsWith("phone_number_") || field === "security";
  const more = { ...(isOfNumber && { display_phone_number: displayOf(account) }), requested_verified_name: "Toko" };
  for (let i = 0; i < 2; i++) await tell(waba, { field, value: { ...value, ...more } });
  expect(await look()).toMatchObject(shown);
  const { reports } = await look();
  const report = { aspect, text: expect.stringMatching(words), needs_action, at: new Date(NOW * 1000).toISOString() };
  expect(reports).toContainEqual(report);
  await eventually(async () => expect(accountFrames(admin)).not.toEqual([]));
  expect(accountFrames(admin)[0].data.reports[1]).toContainEqual(report);
  expect(accountFrames(admin).filter(({ entity_id: id }) => id === account.id)).toHaveLength(1);
  const others = (await org.call("GET", `/api/integrations/accounts/${sibling.id}`)).body;
  expect(others.reports).toHaveLength(isOfNumber ? 0 : reports.length);
  expect(await counted()).toBe(before);
});

it("ends the same in any order, however often each event comes", async () => {
  const ban = (state: string) => ({ event: "DISABLED_UPDATE", ban_info: { waba_ban_state: state } });
  const events = (display: string): Reported[] => {
    const ofNumber = (value: object) => ({ display_phone_number: display, ...value });
    return [
      update(ban("DISABLE"), NOW + 1),
      update(ban("REINSTATE"), NOW + 2),
      update({ event: "PARTNER_REMOVED" }, NOW + 3),
      {
        field: "phone_number_quality_update",
        value: ofNumber({ event: "FLAGGED", current_limit: "TIER_250" }),
        time: NOW,
      },
      { field: "phone_number_quality_update", value: ofNumber({ event: "UNFLAGGED" }), time: NOW + 9 },
      {
        field: "business_capability_update",
        value: { max_daily_conversations_per_business: "TIER_2K" },
        time: NOW + 4,
      },
      {
        field: "business_capability_update",
        value: { max_daily_conversations_per_business: "TIER_10K" },
        time: NOW + 4,
      },
      { field: "security", value: ofNumber({ event: "PIN_RESET_REQUEST" }), time: NOW },
      { field: "security", value: ofNumber({ event: "PIN_REQUEST_SUCCESS" }), time: NOW + 1 },
      { field: "business_capability_update", value: { max_phone_numbers_per_business: 25 }, time: NOW + 6 },
      ...(["APPROVED", "REJECTED"] as const).map((decision, i) => ({
        field: "phone_number_name_update",
        value: ofNumber({ decision, requested_verified_name: `Toko ${decision}` }),
        time: NOW + i,
      })),
      { field: "account_review_update", value: { decision: "PENDING" }, time: NOW },
      { field: "account_review_update", value: { decision: "APPROVED" }, time: NOW + 60 },
    ];
  };
  const ends: unknown[] = [];
  for (const order of [(list: Reported[]) => list, (list: Reported[]) => list.toReversed(), shuffled, shuffled]) {
    const account = await connected();
    const list = events(displayOf(account));
    for (const event of order([...list, ...list])) await tell(account.waba, event);
    const end = await account.look();
    for (const own of ["id", "account_key", "config", "created_at", "updated_at", "verify_token"]) delete end[own];
    ends.push(end);
  }
  expect(ends[0]).toMatchObject({
    health: "disconnected",
    quality_rating: "UNKNOWN",
    messaging_limit: "TIER_2K",
    verified_name: "Toko APPROVED",
  });
  for (const end of ends) expect(end).toEqual(ends[0]);
});

const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((one) => [Math.random(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);

it("takes an event of a partner from an account's own secret only for its own business account", async () => {
  const [own, other] = [await connected({ app_secret: "the-accounts-own-secret" }), await connected()];
  const removed = (waba: string) => ({
    id: BUSINESS,
    time: NOW,
    changes: [{ field: "account_update", value: { event: "PARTNER_REMOVED", waba_info: { waba_id: waba } } }],
  });
  const both = { id: BUSINESS, time: NOW, changes: [removed(own.waba).changes[0], removed(other.waba).changes[0]] };
  for (const entry of [removed(other.waba), both, { ...removed(other.waba), id: own.waba }])
    expect(await deliver(entry, "the-accounts-own-secret")).toBe(401);
  expect(await other.look()).toMatchObject({ health: "connected" });
  expect(await own.look()).toMatchObject({ health: "connected" });
  expect(await deliver(removed(own.waba), "the-accounts-own-secret")).toBe(200);
  expect(await own.look()).toMatchObject({ health: "disconnected" });
});

it("keeps and counts what is about no account, and takes no word of what it cannot be", async () => {
  const { waba, look, ...account } = await connected();
  const before = await counted();
  await tell(newWaba(), update({ event: "ACCOUNT_DELETED" }));
  await tell(waba, { field: "security", value: { event: "PIN_CHANGED", display_phone_number: "1" } });
  expect(await counted()).toBe(before + 2);
  const restriction_info = Array.from({ length: 30_000 }, () => ({ expiration: 9e15 }));
  for (const [field, value] of [
    ["account_update", { event: "constructor" }],
    ["account_update", { event: "DISABLED_UPDATE", ban_info: { waba_ban_state: "REINSTATE", toString: 1 } }],
    ["account_update", { event: "ACCOUNT_RESTRICTION", restriction_info }],
    ["phone_number_name_update", { decision: "APPROVED", requested_verified_name: "\ud800".repeat(5000) }],
    ["phone_number_name_update", { decision: "REJECTED", rejection_reason: "constructor" }],
    ["security", { event: "__proto__", display_phone_number: displayOf(account) }],
    ["account_alerts", { alert_info: [] }],
    ["toString", {}],
  ] as const)
    await tell(waba, { field, value, time: NOW + 1 });
  const { health, restricted_until, reports } = await look();
  expect([health, restricted_until]).toEqual(["degraded", null]);
  for (const { text } of reports) expect(text.length).toBeLessThanOrEqual(500);
});

it("tells live of a dead token, and that messages go out again", async () => {
  const { org, id, phoneNumberId, waba, look } = await connected({ access_token: "dies-soon-00000000" });
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const admin = await listen(org);
  const send = () =>
    org.call("POST", `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`, {
      type: "text",
      content: { text: "x" },
    });
  graph.faults.set({ deadTokens: ["dies-soon-00000000"] });
  await send();
  await send();
  await eventually(async () => expect(accountFrames(admin)).toHaveLength(1));
  expect(accountFrames(admin)[0]).toMatchObject({ entity_id: id, data: { health: ["connected", "needs_reauth"] } });
  graph.faults.clear();
  await send();
  await eventually(async () => expect(await look()).toMatchObject({ health: "connected", health_detail: null }));
  await eventually(async () => expect(accountFrames(admin)).toHaveLength(2));
  // The channel's own words are better than those of the failures that follow.
  await tell(waba, update({ event: "PARTNER_APP_UNINSTALLED" }));
  graph.faults.set({ deadTokens: ["dies-soon-00000000"] });
  const { body: sent } = await send();
  await eventually(async () => {
    const { messages } = (await org.call("GET", `/api/conversations/${sent.conversation_id}/messages`)).body;
    expect(messages.find(({ _id }: any) => _id === sent._id).status).toBe("failed");
  });
  expect(await look()).toMatchObject({
    health: "disconnected",
    health_detail: expect.stringContaining("app was removed"),
  });
});

it("takes an account for working again once a message goes out, or it is connected again, and not for older news", async () => {
  const { org, id, phoneNumberId, waba, look } = await connected();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const gone = update({ event: "PARTNER_REMOVED" });
  await tell(waba, gone);
  expect(await look()).toMatchObject({ health: "disconnected" });
  await org.call("POST", `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`, {
    type: "text",
    content: { text: "x" },
  });
  await eventually(async () => expect(await look()).toMatchObject({ health: "connected" }));
  await tell(waba, gone);
  await tell(waba, update({ event: "ACCOUNT_VIOLATION" }));
  expect(await look()).toMatchObject({ health: "degraded" });
  const again = await org.call("PATCH", `/api/integrations/accounts/${id}`, { config: {} });
  expect(again).toMatchObject({ status: 200, body: { health: "connected", health_detail: null } });
  await tell(waba, update({ event: "VERIFIED_ACCOUNT" }, NOW + 1));
  expect(await look()).toMatchObject({ health: "connected" });
});

const ACCOUNT_FIELDS = new Set([
  "account_update",
  "account_alerts",
  "account_review_update",
  "business_capability_update",
  "phone_number_name_update",
  "phone_number_quality_update",
  "security",
]);
const corpus = Object.entries(inject("corpus")?.whatsapp ?? {});

it.skipIf(corpus.length === 0)("counts no event that others have recorded only as unknown", async () => {
  const { org, waba, id, look } = await connected();
  const { status } = await org.call("GET", `/api/integrations/accounts/${id}`);
  expect(status).toBe(200);
  await org.tenantDb.prepare("UPDATE integration_accounts SET display_number = NULL WHERE id = ?").bind(id).run();
  const before = await counted();
  let events = 0;
  for (const [name, text] of corpus) {
    const { entry: entries } = JSON.parse(text) as { entry: { changes: { field?: string; value: any }[] }[] };
    for (const entry of Array.isArray(entries) ? entries : []) {
      const changes = (entry.changes ?? []).filter(({ field }) => ACCOUNT_FIELDS.has(field ?? ""));
      for (const { value } of changes) if (value.waba_info) value.waba_info.waba_id = waba;
      if (changes.length === 0) continue;
      events += changes.length;
      expect(await deliver({ ...entry, id: waba, changes }), name).toBe(200);
      expect(
        parse({ entry: [{ ...entry, changes }] }).every((one) => one.kind === "account_event" && one.change),
        name,
      ).toBe(true);
    }
  }
  expect(events).toBeGreaterThan(10);
  expect(await counted()).toBe(before);
  expect((await look()).reports.map(({ aspect }: any) => aspect)).toEqual(
    expect.arrayContaining(["access", "standing", "name", "review", "other"]),
  );
});
