import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { payloadOf, signatureOf } from "../../simulators/graph/webhook.ts";
import { publicContext } from "../../src/app";
import { deliverToConversations } from "../../src/areas/ingest/deliver";
import { park } from "../../src/areas/ingest/parked";
import { forgetRoutes, routesOf } from "../../src/areas/integrations/routes";
import type { ChannelUpdate } from "../../src/channels/channel";
import { configOf } from "../../src/config";
import { everyMinute } from "../minute";
import { clock, MINUTE, SECOND } from "../../src/kit/clock";
import type { PublicCtx } from "../../src/kit/context";
import { conversationIdOf } from "../../src/domain/ids";
import { encryptSecret } from "../../src/kit/secrets";
import { call, door, eventually, graph, type Org, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const APP_SECRET = "test-app-secret";
const numberId = (): string => String(Math.floor(1e14 + Math.random() * 8e14));
let n = 0;
const wamid = (): string => `wamid.T${Date.now()}${n++}`;
const message = (from: string, text: string, id = wamid()) => ({
  from,
  id,
  timestamp: String(Math.floor(Date.now() / 1000)),
  type: "text",
  text: { body: text },
});
const change = (account: string, messages: unknown[], more: Record<string, unknown> = {}) => ({
  wabaId: "1",
  field: "messages",
  value: {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "62", phone_number_id: account },
    contacts: [],
    messages,
    ...more,
  },
});

async function post(body: string, secret: string | null = APP_SECRET, path = "/webhook") {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    ...(secret !== null && { "x-hub-signature-256": await signatureOf(body, secret) }),
  };
  const response = await door(path, { method: "POST", body, headers });
  return { status: response.status, body: (await response.json()) as any };
}
const deliver = (changes: Parameters<typeof payloadOf>[0], secret?: string | null) =>
  post(payloadOf(changes, "none", Date.now()), secret);
const parkedFor = async (account: string) =>
  (
    await env.CONTROL_DB.prepare("SELECT reason, payload FROM parked_updates WHERE account = ?")
      .bind(account)
      .all<{ reason: string; payload: string }>()
  ).results;
const counter = async (name: string): Promise<number> =>
  (await env.CONTROL_DB.prepare("SELECT coalesce(sum(n), 0) AS n FROM counters WHERE name = ?")
    .bind(name)
    .first<{ n: number }>())!.n;

it("answers the handshake to the deployment's token and to an account's, and to no other", async () => {
  const org = await organization();
  const account = await org.connect();
  const { verify_token: own } = (await org.call("GET", `/api/integrations/accounts/${account.id}`)).body;
  const ask = (token: string, mode = "subscribe") =>
    call("GET", `/webhook?hub.mode=${mode}&hub.verify_token=${token}&hub.challenge=1158201444`);
  for (const token of ["test-verify-token", own]) {
    const answer = await ask(token);
    expect(answer).toMatchObject({ status: 200, body: "1158201444" });
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
  }
  // Meta calls the address as it was entered there.
  for (const more of ["tenant=7", "a=1&a=2", "hub.more=x"])
    expect(await ask("test-verify-token", `subscribe&${more}`)).toMatchObject({ status: 200, body: "1158201444" });
  expect(await ask("wrong")).toMatchObject({ status: 403, body: { code: "webhook_verify_token_wrong" } });
  expect((await ask(own, "unsubscribe")).status).toBe(400);
  expect((await call("GET", "/webhook")).status).toBe(400);
  expect(await graph.verifyWebhook()).toBe(true);
});

it("takes nothing that is unsigned, signed by another, or changed", async () => {
  const org = await organization();
  const { phoneNumberId, id } = await org.connect();
  const from = phone();
  const body = payloadOf([change(phoneNumberId, [message(from, "hi")])], "none", Date.now());
  for (const [text, secret] of [
    [body, null],
    [body, "another-secret"],
    ["not json", "another-secret"],
    ["{}", null],
  ] as const) {
    expect(await post(text, secret)).toMatchObject({ status: 401, body: { code: "webhook_signature_wrong" } });
  }
  const changed = await door("/webhook", {
    method: "POST",
    body: body.replace("hi", "ho"),
    headers: { "x-hub-signature-256": await signatureOf(body, APP_SECRET) },
  });
  expect(changed.status).toBe(401);
  expect((await org.call("GET", `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}`)).status).toBe(404);
  expect(await post("not json")).toMatchObject({ status: 400, body: { code: "malformed_request" } });
  expect(await post(`{"object":"whatsapp_business_account","x":"${"y".repeat(3 * 1024 * 1024)}"}`)).toMatchObject({
    status: 413,
  });
});

it("takes an account's own app secret for that account only", async () => {
  const org = await organization();
  const own = await org.connect({ app_secret: "the-accounts-own-secret" });
  const plain = await org.connect();
  const from = phone();
  expect((await deliver([change(own.phoneNumberId, [message(from, "own")])], "the-accounts-own-secret")).status).toBe(
    200,
  );
  expect(
    (await org.call("GET", `/api/conversations/${conversationIdOf(org.id, own.id, `+${from}`)}`)).body.last_message,
  ).toBe("own");
  // It signs for no other account, not even beside its own.
  expect((await deliver([change(plain.phoneNumberId, [message(from, "x")])], "the-accounts-own-secret")).status).toBe(
    401,
  );
  expect(
    (
      await deliver(
        [change(own.phoneNumberId, [message(from, "x")]), change(plain.phoneNumberId, [message(from, "x")])],
        "the-accounts-own-secret",
      )
    ).status,
  ).toBe(401);
  expect((await deliver([change(own.phoneNumberId, [message(from, "app's")])])).status).toBe(200);
});

it.each([
  ["a header that is no signature", "sha256=00", 20_000],
  ["a wrong signature over 2 MB", `sha256=${"0".repeat(64)}`, 9000],
  ["a wrong signature over many accounts", `sha256=${"0".repeat(64)}`, 1000],
  ["a wrong signature over many owners", `sha256=${"0".repeat(64)}`, -1000],
])("spends at most one look-up on %s", async (_, signature, names) => {
  const org = await organization();
  const { phoneNumberId } = await org.connect({ app_secret: "the-accounts-own-secret" });
  const entry = Array.from({ length: Math.abs(names) }, (_each, i) => ({
    id: String(i),
    changes: [
      names > 0
        ? change(i === 0 ? phoneNumberId : String(i), [{ id: "a", timestamp: "1", from: "1" }])
        : { field: "account_update", value: {} },
    ],
  }));
  const response = await door("/webhook", {
    method: "POST",
    body: JSON.stringify({ object: "whatsapp_business_account", entry }),
    headers: { "x-hub-signature-256": signature },
  });
  expect(response.status).toBe(401);
  const spent = (figure: string) =>
    Number(new RegExp(`${figure};desc="(\\d+)"`).exec(response.headers.get("server-timing")!)![1]);
  expect(spent("d1_queries")).toBeLessThanOrEqual(1);
  expect(spent("d1_rows_read")).toBeLessThanOrEqual(5);
});

it("takes of an account's own secret one account with its owner's events, and at most 256 KiB", async () => {
  const org = await organization();
  const waba_id = numberId();
  const [one, two] = [
    await org.connect({ app_secret: "one-secret-of-two", waba_id }),
    await org.connect({ app_secret: "one-secret-of-two", waba_id }),
  ];
  const of = ({ phoneNumberId }: { phoneNumberId: string }, text = "x") =>
    change(phoneNumberId, [message(phone(), text)]);
  const own = async (changes: unknown[], id = waba_id) =>
    (await post(JSON.stringify({ object: "whatsapp_business_account", entry: [{ id, changes }] }), "one-secret-of-two"))
      .status;
  const event = { field: "account_update", value: { event: "PARTNER_ADDED" } };
  expect(await own([of(one)])).toBe(200);
  expect(await own([of(one), event])).toBe(200);
  expect(await own([event])).toBe(200);
  expect(await own([of(one), event], "1")).toBe(401);
  expect(await own([event], "1")).toBe(401);
  expect(await own([of(one), of(two)])).toBe(401);
  expect(await own([of(one, "x".repeat(255 * 1024))])).toBe(200);
  expect(await own([of(one, "x".repeat(256 * 1024))])).toBe(401);
});

it("takes each update of a delivery of a thousand over several accounts, once, however often it comes", async () => {
  const [one, two] = [await organization(), await organization()];
  const accounts = [await one.connect(), await one.connect(), await two.connect()];
  const people = Array.from({ length: 20 }, phone);
  const changes = accounts.map((account, a) =>
    change(
      account.phoneNumberId,
      Array.from({ length: 333 + (a === 0 ? 1 : 0) }, (_, i) => message(people[i % people.length]!, `${a}-${i}`)),
    ),
  );
  const body = payloadOf(changes, "none", Date.now());
  const started = Date.now();
  expect(await post(body)).toMatchObject({ status: 200, body: { received: 1000 } });
  expect(Date.now() - started).toBeLessThan(20_000);
  expect((await post(body)).status).toBe(200);
  let total = 0;
  for (const [a, account] of accounts.entries()) {
    const org = a === 2 ? two : one;
    for (const from of people) {
      const { body: page } = await org.call(
        "GET",
        `/api/conversations/${conversationIdOf(org.id, account.id, `+${from}`)}/messages?limit=100`,
      );
      const texts = page.messages.map((m: any) => m.content.text);
      // In the order of the delivery.
      expect(texts).toEqual(
        texts.toSorted((x: string, y: string) => Number(x.split("-")[1]) - Number(y.split("-")[1])),
      );
      total += texts.length;
    }
  }
  expect(total).toBe(1000);
  await eventually(async () => {
    const rows = (await one.call("GET", "/api/conversations?limit=100")).body.data;
    expect(rows).toHaveLength(40);
    expect(rows.reduce((sum: number, row: any) => sum + row.message_count, 0)).toBe(667);
  });
});

it("keeps and counts shapes that it does not know, and answers 200", async () => {
  const org = await organization();
  const { phoneNumberId, id } = await org.connect();
  const from = phone();
  const before = await counter("webhook.unknown");
  const odd = wamid();
  const answer = await post(
    JSON.stringify({
      object: "whatsapp_business_account",
      entry: [
        {
          id: "1",
          changes: [
            { field: "brand_new_field", value: { marker: odd } },
            {
              field: "messages",
              value: {
                metadata: { phone_number_id: phoneNumberId },
                messages: [{ from, type: "text" }, message(from, "known")],
              },
            },
          ],
        },
        { id: "2" },
        7,
      ],
    }),
  );
  expect(answer.status).toBe(200);
  expect((await post(JSON.stringify({ object: "page", entry: [] }))).status).toBe(200);
  expect((await post(JSON.stringify([1, 2]))).status).toBe(200);
  // A message of a kind that is not known is a message, with what it was.
  expect(
    (await deliver([change(phoneNumberId, [{ ...message(from, ""), type: "hologram", hologram: { x: 1 } }])])).status,
  ).toBe(200);
  const { messages } = (
    await org.call("GET", `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`)
  ).body;
  expect(messages.map((m: any) => m.type)).toEqual(["text", "unsupported"]);
  expect(await counter("webhook.unknown")).toBeGreaterThanOrEqual(before + 5);
  const { results } = await env.CONTROL_DB.prepare(
    "SELECT payload FROM parked_updates WHERE reason = 'unknown' AND payload LIKE ?",
  )
    .bind(`%${odd.slice(-20)}%`)
    .all();
  expect(results).toHaveLength(1);
});

const flowReply = (from: string, response_json: string) => ({
  ...message(from, ""),
  type: "interactive",
  interactive: { type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response_json } },
});

it.each([1500, 5000, 300_000])("takes in a flow's answer that is nested %i deep, and all beside it", async (depth) => {
  const org = await organization();
  const { phoneNumberId, id } = await org.connect();
  const from = phone();
  const answer = "[".repeat(depth) + "]".repeat(depth);
  const said = [message(from, "before"), flowReply(from, answer), message(from, "after")];
  expect((await deliver([change(phoneNumberId, said)])).status).toBe(200);
  const { messages } = (
    await org.call("GET", `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`)
  ).body;
  expect(messages.map((m: any) => m.content.text)).toEqual(["before", "Sent", "after"]);
  expect(messages[1].content.response).toBe(answer);
  expect(await parkedFor(phoneNumberId)).toEqual([]);
});

it("keeps what is too large for a row as far as it can, and all beside it", async () => {
  const org = await organization();
  const [on, off] = [await org.connect(), await org.connect()];
  await org.call("PATCH", `/api/integrations/accounts/${off.id}`, { is_active: false });
  const from = phone();
  const large = () => flowReply(from, "x".repeat(1_200_000));
  const said = () => [message(from, "before"), large(), message(from, "after")];
  expect((await deliver([change(off.phoneNumberId, said()), change(on.phoneNumberId, said())])).status).toBe(200);
  await org.call("PATCH", `/api/integrations/accounts/${off.id}`, { is_active: true });
  for (const { id, phoneNumberId } of [on, off]) {
    await eventually(async () => {
      const path = `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`;
      const { messages } = (await org.call("GET", path)).body;
      expect(messages.map((m: any) => [m.type, m.content.text])).toEqual([
        ["text", "before"],
        ["unsupported", undefined],
        ["text", "after"],
      ]);
    });
    const [kept, ...others] = await parkedFor(phoneNumberId);
    expect(others).toEqual([]);
    expect(kept!.reason).toBe("unknown");
    expect(JSON.parse(kept!.payload)).toMatchObject([
      {
        kind: "unknown",
        reason: "message",
        chars: expect.any(Number),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  }
});

it("keeps a beginning of what it does not know, and 100 KB an hour of an account", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect({ app_secret: "the-accounts-own-secret" });
  const calls = (size: number) => ({ ...change(phoneNumberId, [], { x: "x".repeat(size) }), field: "calls" });
  const before = await counter("webhook.unknown");
  const kept = async () => (await parkedFor(phoneNumberId)).reduce((sum, { payload }) => sum + payload.length, 0);
  expect((await deliver([calls(2_900_000)])).status).toBe(200);
  expect(await kept()).toBeLessThan(3000);
  expect((await deliver([calls(100)])).status).toBe(200);
  expect((await parkedFor(phoneNumberId)).some(({ payload }) => payload.includes(`"x":"${"x".repeat(100)}"`))).toBe(
    true,
  );
  // By Meta's signature and by the account's own alike.
  for (const secret of [undefined, "the-accounts-own-secret"])
    expect(
      (
        await deliver(
          Array.from({ length: 80 }, () => calls(2500)),
          secret,
        )
      ).status,
    ).toBe(200);
  expect(await kept()).toBeGreaterThan(80_000);
  expect(await kept()).toBeLessThanOrEqual(100_000);
  expect(await counter("webhook.unknown")).toBe(before + 162);
});

it("keeps of what an account's own secret signs 1 MB an hour for later, and all that Meta signs", async () => {
  const org = await organization();
  const { phoneNumberId, id } = await org.connect({ app_secret: "the-accounts-own-secret" });
  await org.call("PATCH", `/api/integrations/accounts/${id}`, { is_active: false });
  const large = (secret?: string) => deliver([change(phoneNumberId, [message(phone(), "x".repeat(200_000))])], secret);
  for (let i = 0; i < 4; i++) expect((await large("the-accounts-own-secret")).status).toBe(200);
  expect(await large("the-accounts-own-secret")).toMatchObject({ status: 429, body: { code: "webhook_backlog_full" } });
  expect(await parkedFor(phoneNumberId)).toHaveLength(4);
  expect((await large()).status).toBe(200);
  clock.now = () => realNow() + 61 * MINUTE;
  expect((await large("the-accounts-own-secret")).status).toBe(200);
  expect(await parkedFor(phoneNumberId)).toHaveLength(6);
});

it("forgets after a month what was given up", async () => {
  const { phoneNumberId } = await (await organization()).connect();
  for (const days of [29, 31])
    await env.CONTROL_DB.prepare(
      "INSERT INTO parked_updates (id, reason, channel, account, payload, attempts, created_at) VALUES (?1, 'busy', 'whatsapp', ?2, '[]', 20, ?3)",
    )
      .bind(`${phoneNumberId}:${days}`, phoneNumberId, clock.now() - days * 24 * 60 * MINUTE)
      .run();
  await everyMinute(context());
  expect(await parkedFor(phoneNumberId)).toHaveLength(1);
});

it("enters what Meta says of accounts and numbers, once, in Meta's order, and only for who is meant", async () => {
  const [org, other] = [await organization(), await organization()];
  const [waba, otherWaba] = [numberId().slice(0, 14), numberId().slice(0, 14)];
  const account = await org.connect({ waba_id: waba });
  const sibling = await org.connect({ waba_id: waba });
  const stranger = await other.connect({ waba_id: otherWaba });
  const display = graph.state.numbers.get(account.phoneNumberId)!.displayPhoneNumber;
  const look = async ({ id }: { id: string }, who = org) =>
    (await who.call("GET", `/api/integrations/accounts/${id}`)).body;
  const before = await counter("webhook.unknown");
  const tell = async (field: string, value: object, time: number, secret?: string) =>
    (
      await post(
        JSON.stringify({
          object: "whatsapp_business_account",
          entry: [{ id: waba, time, changes: [{ field, value }] }],
        }),
        secret,
      )
    ).status;
  const ban = (state: string) => ({
    event: "DISABLED_UPDATE",
    ban_info: { waba_ban_state: state, waba_ban_date: "April 17, 2026" },
  });
  const now = Math.floor(Date.now() / 1000);

  expect(await look(account)).toMatchObject({ health: "connected", quality_rating: "GREEN", messaging_limit: null });
  expect(
    await tell(
      "phone_number_quality_update",
      { display_phone_number: display, event: "FLAGGED", current_limit: "TIER_2K" },
      now,
    ),
  ).toBe(200);
  expect(await look(account)).toMatchObject({ health: "connected", quality_rating: "RED", messaging_limit: "TIER_2K" });
  expect(await look(sibling)).toMatchObject({ quality_rating: "GREEN", messaging_limit: null });

  expect(await tell("account_update", ban("SCHEDULE_FOR_DISABLE"), now + 10)).toBe(200);
  expect(await look(account)).toMatchObject({
    health: "degraded",
    health_detail: "WhatsApp will disable the account: April 17, 2026.",
  });
  expect(await tell("account_update", ban("DISABLE"), now + 20)).toBe(200);
  for (const one of [account, sibling]) expect(await look(one)).toMatchObject({ health: "disconnected" });
  // An older report that comes later changes nothing, and a report may come again.
  expect(await tell("account_update", ban("REINSTATE"), now + 15)).toBe(200);
  expect(await look(account)).toMatchObject({ health: "disconnected" });
  for (let i = 0; i < 2; i++) {
    expect(await tell("account_update", ban("REINSTATE"), now + 30)).toBe(200);
    expect(await look(account)).toMatchObject({ health: "connected", health_detail: null });
  }
  expect(await look(stranger, other)).toMatchObject({ health: "connected" });
  expect(await counter("webhook.unknown")).toBe(before);
  // A report that another secret signs is refused.
  expect(await tell("account_update", ban("DISABLE"), now + 40, "another-secret")).toBe(401);
  expect(await look(account)).toMatchObject({ health: "connected" });

  // A restriction outlasts an answer that goes out, until it ends.
  const restriction = {
    event: "ACCOUNT_RESTRICTION",
    restriction_info: [{ restriction_type: "RESTRICTED_BIZ_INITIATED_MESSAGING", expiration: now + 3600 }],
  };
  expect(await tell("account_update", restriction, now + 50)).toBe(200);
  expect(await look(account)).toMatchObject({
    health: "degraded",
    health_detail: "WhatsApp restricts the account: it may not message people first.",
  });
  const from = phone();
  await deliver([change(account.phoneNumberId, [message(from, "hi")])]);
  const conversation = `/api/conversations/${conversationIdOf(org.id, account.id, `+${from}`)}/messages`;
  const answer = async (text: string) => {
    await org.call("POST", conversation, { type: "text", content: { text } });
    await eventually(async () => {
      const last = (await org.call("GET", conversation)).body.messages.at(-1);
      expect([last.content.text, last.external_id]).toEqual([text, expect.any(String)]);
    });
  };
  await answer("one");
  expect(await look(account)).toMatchObject({ health: "degraded" });
  clock.now = () => realNow() + 61 * MINUTE;
  await answer("two");
  await eventually(async () => expect(await look(account)).toMatchObject({ health: "connected", health_detail: null }));
});

const changedNumber = (from: string, to: string) => ({
  from,
  id: wamid(),
  timestamp: String(Math.floor(Date.now() / 1000)),
  type: "system",
  system: { type: "user_changed_number", body: `User changed from ${from} to ${to}`, wa_id: to },
});

it.each(["in one delivery", "one delivery after another"])(
  "keeps a customer whose number changes twice in one conversation: %s",
  async (how) => {
    const org = await organization();
    const { phoneNumberId, id } = await org.connect();
    const [first, second, third] = [phone(), phone(), phone()];
    const one = message(first, "one");
    const said = [
      one,
      changedNumber(first, second),
      message(second, "two"),
      { ...message(second, ""), type: "reaction", reaction: { message_id: one.id, emoji: "👍" } },
      changedNumber(second, third),
      message(third, "three"),
    ];
    for (const portion of how === "in one delivery" ? [said] : said.map((update) => [update])) {
      expect((await deliver([change(phoneNumberId, portion)])).status).toBe(200);
    }
    const conversation = `/api/conversations/${conversationIdOf(org.id, id, `+${first}`)}`;
    const { messages } = (await org.call("GET", `${conversation}/messages`)).body;
    const written = messages.filter((m: any) => m.type !== "system");
    expect(messages).toHaveLength(written.length + 2);
    expect(written.map((m: any) => m.content.text)).toEqual(["one", "two", "three"]);
    expect(messages[0].reactions).toMatchObject([{ emoji: "👍" }]);
    await eventually(async () => {
      const { data } = (await org.call("GET", "/api/conversations")).body;
      expect(data.map((row: any) => [row.message_count, row.contact_phone])).toEqual([[5, `+${third}`]]);
      expect((await org.call("GET", "/api/contacts")).body.data).toHaveLength(1);
    });
  },
);

it("knows a customer by the user id alone as soon as a delivery has said it beside the number", async () => {
  const org = await organization();
  const { phoneNumberId, id } = await org.connect();
  const from = phone();
  const userId = `ID.${from}`;
  await deliver([change(phoneNumberId, [message(from, "one")])]);
  const { from: _, ...anonymous } = message(from, "three");
  await deliver([
    change(phoneNumberId, [
      { ...message(from, "two"), from_user_id: userId },
      { ...anonymous, from_user_id: userId },
    ]),
  ]);
  const { messages } = (
    await org.call("GET", `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`)
  ).body;
  expect(messages.map((m: any) => m.content.text)).toEqual(["one", "two", "three"]);
});

it("keeps what is for nobody, and takes it in when the number is connected", async () => {
  const account = numberId();
  const from = phone();
  expect((await deliver([change(account, [message(from, "Anybody?"), message(from, "Hello?")])])).status).toBe(200);
  expect(await parkedFor(account)).toMatchObject([{ reason: "unrouted" }]);
  const org = await organization();
  const made = await org.call("POST", "/api/integrations/accounts", {
    channel: "whatsapp",
    display_name: "New",
    config: { phone_number_id: account, waba_id: "1", access_token: "token" },
  });
  expect(made.status).toBe(201);
  await eventually(async () => {
    const { body } = await org.call(
      "GET",
      `/api/conversations/${conversationIdOf(org.id, made.body.id, `+${from}`)}/messages`,
    );
    expect(body.messages.map((m: any) => m.content.text)).toEqual(["Anybody?", "Hello?"]);
    expect(await parkedFor(account)).toEqual([]);
  });
});

it("keeps what comes while an account is switched off, and takes it in when it is on again", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect();
  const from = phone();
  await org.call("PATCH", `/api/integrations/accounts/${id}`, { is_active: false });
  expect((await deliver([change(phoneNumberId, [message(from, "Closed?")])])).status).toBe(200);
  const conversation = `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}`;
  expect((await org.call("GET", conversation)).status).toBe(404);
  await org.call("PATCH", `/api/integrations/accounts/${id}`, { is_active: true });
  await eventually(async () => expect((await org.call("GET", conversation)).body.last_message).toBe("Closed?"));
});

it("takes statuses as they come, before and after their answer, and never back", async () => {
  const org = await organization();
  const { phoneNumberId, id } = await org.connect();
  const from = phone();
  await deliver([change(phoneNumberId, [message(from, "hi")])]);
  const conversation = conversationIdOf(org.id, id, `+${from}`);
  const sent = await org.call("POST", `/api/conversations/${conversation}/messages`, {
    type: "text",
    content: { text: "yes" },
  });
  const look = async () => (await org.call("GET", `/api/conversations/${conversation}/messages`)).body.messages.at(-1);
  await eventually(async () => expect((await look()).external_id).not.toBeNull());
  const status = (word: string) =>
    deliver([
      {
        wabaId: "1",
        field: "messages",
        value: {
          metadata: { phone_number_id: phoneNumberId },
          statuses: [
            {
              id: "wamid.unknown-here",
              status: word,
              timestamp: String(Math.floor(Date.now() / 1000)),
              recipient_id: from,
              biz_opaque_callback_data: `${conversation}.${sent.body._id}`,
            },
          ],
        },
      },
    ]);
  for (const word of ["read", "delivered", "sent", "failed"]) expect((await status(word)).status).toBe(200);
  expect(await look()).toMatchObject({ _id: sent.body._id, status: "read", failure: null });
  // Each has its time, and Meta's whole seconds are not before our own clock.
  const times = (await look()).status_times;
  const inTurn = ["queued", "sent", "delivered", "read"].map((step) => Date.parse(times[step]));
  expect(inTurn).toEqual(inTurn.toSorted((a, b) => a - b));
  // A status of what we do not have begins no conversation and is no failure.
  clock.now = () => realNow() + MINUTE;
  const stranger = phone();
  const unknown = {
    ...change(phoneNumberId, []),
    value: {
      metadata: { phone_number_id: phoneNumberId },
      statuses: [{ id: "wamid.none", status: "read", timestamp: "1790000000", recipient_id: stranger }],
    },
  };
  expect((await deliver([unknown])).status).toBe(200);
  expect((await org.call("GET", `/api/conversations/${conversationIdOf(org.id, id, `+${stranger}`)}`)).status).toBe(
    404,
  );
});

it("takes the channel's word that everything up to a time was read", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect();
  const from = phone();
  await deliver([change(phoneNumberId, [message(from, "hi")])]);
  const path = `/api/conversations/${conversationIdOf(org.id, id, `+${from}`)}/messages`;
  const statuses = async (): Promise<string[]> =>
    (await org.call("GET", path)).body.messages.slice(1).map((m: any) => m.status);
  for (const text of ["one", "two"]) await org.call("POST", path, { type: "text", content: { text } });
  // The simulator reports messages to an unknown number as sent, and no further status.
  await eventually(async () => expect(await statuses()).toEqual(["sent", "sent"]));
  const route = (await routesOf(context(), "whatsapp", [phoneNumberId])).get(phoneNumberId)!;
  const watermark = (upTo: number): ChannelUpdate => ({
    kind: "watermark",
    account: phoneNumberId,
    to: { address: `+${from}` },
    status: "read",
    upTo,
    at: Date.now(),
  });
  expect(await deliverToConversations(context(), "whatsapp", route, [watermark(Date.now() - MINUTE)])).toEqual([]);
  expect(await statuses()).toEqual(["sent", "sent"]);
  // Twice does no harm, and one for nobody begins no conversation.
  const stranger = { ...watermark(Date.now()), to: { address: `+${phone()}` } } as ChannelUpdate;
  for (let i = 0; i < 2; i++) {
    const updates = [watermark(Date.now() + SECOND), stranger];
    expect(await deliverToConversations(context(), "whatsapp", route, updates)).toEqual([]);
    expect(await statuses()).toEqual(["read", "read"]);
  }
});

/** Changes the control database without telling this isolate: as if another had done it. */
const elsewhere = (account: string, set: string, ...values: unknown[]): Promise<unknown> =>
  env.CONTROL_DB.prepare(`UPDATE channel_routes SET ${set} WHERE external_id = ?`)
    .bind(...values, account)
    .run();
const context = (): PublicCtx => publicContext(env, (work) => void work);
const textsOf = async (org: Org, accountId: string, from: string): Promise<string[]> =>
  (
    (await org.call("GET", `/api/conversations/${conversationIdOf(org.id, accountId, `+${from}`)}/messages`)).body
      .messages ?? []
  ).map((m: any) => m.content.text);

it("delivers what was parked although the call that switched the account on was cut off", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect();
  const from = phone();
  const path = `/api/integrations/accounts/${id}`;
  await org.call("PATCH", path, { is_active: false });
  await deliver([change(phoneNumberId, [message(from, "Closed?")])]);
  const trigger = `cut_off_${phoneNumberId}`;
  await env.CONTROL_DB.prepare(
    `CREATE TRIGGER ${trigger} BEFORE UPDATE ON parked_updates WHEN OLD.account = '${phoneNumberId}' BEGIN SELECT RAISE(ABORT, 'cut off'); END`,
  ).run();
  await org.call("PATCH", path, { is_active: true });
  await env.CONTROL_DB.prepare(`DROP TRIGGER ${trigger}`).run();
  expect((await org.call("PATCH", path, { is_active: true })).body.is_active).toBe(true);
  await eventually(async () => {
    await everyMinute(context());
    expect(await textsOf(org, id, from)).toEqual(["Closed?"]);
  });
  expect(await parkedFor(phoneNumberId)).toEqual([]);
});

it("takes in what comes for an account that another isolate has just switched on", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect();
  const from = phone();
  await org.call("PATCH", `/api/integrations/accounts/${id}`, { is_active: false });
  await deliver([change(phoneNumberId, [message(phone(), "Closed?")])]);
  await elsewhere(phoneNumberId, "is_active = 1");
  await deliver([change(phoneNumberId, [message(from, "Open?")])]);
  expect(await textsOf(org, id, from)).toEqual(["Open?"]);
});

it("delivers what is parked for want of a route just after there is one", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect();
  const from = phone();
  const update = {
    kind: "message",
    account: phoneNumberId,
    from: { address: `+${from}` },
    message: { externalId: wamid(), at: Date.now(), type: "text", content: { text: "Late" } },
  };
  await park(context(), [
    { reason: "unrouted", channel: "whatsapp", account: phoneNumberId, updates: [update as unknown as ChannelUpdate] },
  ]);
  await eventually(async () => {
    await everyMinute(context());
    expect(await textsOf(org, id, from)).toEqual(["Late"]);
  });
});

it("keeps no route that was being read while routes were to be forgotten", async () => {
  const { phoneNumberId } = await (await organization()).connect();
  const reading = routesOf(context(), "whatsapp", [phoneNumberId]);
  forgetRoutes();
  await reading;
  const ctx = context();
  await routesOf(ctx, "whatsapp", [phoneNumberId]);
  expect(ctx.cost.queries).toBe(1);
  await routesOf(ctx, "whatsapp", [phoneNumberId]);
  expect(ctx.cost.queries).toBe(1);
});

it("begins no conversation with who had a number before, and goes by its new owner within 20 seconds", async () => {
  const [before, after] = [await organization(), await organization()];
  const { id, phoneNumberId } = await before.connect();
  const [known, stranger] = [phone(), phone()];
  await deliver([change(phoneNumberId, [message(known, "To the first")])]);
  const moved = crypto.randomUUID();
  await elsewhere(phoneNumberId, "org_id = ?, account_id = ?, tenant_db = ?", after.id, moved, after.tenantDbName);
  expect((await deliver([change(phoneNumberId, [message(stranger, "Who are you?")])])).status).toBe(200);
  await eventually(async () => expect(await textsOf(after, moved, stranger)).toEqual(["Who are you?"]));
  expect(await textsOf(before, id, stranger)).toEqual([]);
  // And from then on this isolate knows it.
  await deliver([change(phoneNumberId, [message(known, "To the second")])]);
  expect(await textsOf(after, moved, known)).toEqual(["To the second"]);
  await elsewhere(phoneNumberId, "org_id = ?, account_id = ?, tenant_db = ?", before.id, id, before.tenantDbName);
  clock.now = () => realNow() + 20 * SECOND;
  await deliver([change(phoneNumberId, [message(known, "To the first again")])]);
  expect(await textsOf(before, id, known)).toEqual(["To the first", "To the first again"]);
});

it("reads a known route again beside the delivery, and goes by it for five minutes while it cannot", async () => {
  const { phoneNumberId } = await (await organization()).connect();
  await routesOf(context(), "whatsapp", [phoneNumberId]);
  const away = (ctx: PublicCtx): PublicCtx =>
    Object.assign(ctx, {
      control: {
        prepare: () => {
          throw new Error("away");
        },
      },
    });
  const background: Promise<unknown>[] = [];
  const division = async (ctx: PublicCtx) =>
    (await routesOf(ctx, "whatsapp", [phoneNumberId])).get(phoneNumberId)?.divisionId;
  await elsewhere(phoneNumberId, "division_id = 'new'");
  const start = realNow();
  clock.now = () => start + 11 * SECOND;
  expect(await division(publicContext(env, (work) => void background.push(work)))).toBeNull();
  await Promise.all(background);
  expect(await division(context())).toBe("new");
  clock.now = () => start + 5 * MINUTE;
  expect(await division(away(context()))).toBe("new");
  clock.now = () => start + 6 * MINUTE;
  await expect(division(away(context()))).rejects.toThrow("away");
  // A clock that was set back makes nothing young.
  clock.now = () => start - MINUTE;
  await expect(division(away(context()))).rejects.toThrow("away");
});

it("goes by an account's own secret as it is now", async () => {
  const org = await organization();
  const { id, phoneNumberId } = await org.connect({ app_secret: "the-accounts-old-secret" });
  const from = phone();
  expect((await deliver([change(phoneNumberId, [message(from, "1")])], "the-accounts-old-secret")).status).toBe(200);
  const sealed = await encryptSecret(configOf(env).ENCRYPTION_KEYS, "the-accounts-new-secret", `${id}:app_secret`);
  await elsewhere(phoneNumberId, "app_secret = ?", sealed);
  expect((await deliver([change(phoneNumberId, [message(from, "2")])], "the-accounts-old-secret")).status).toBe(401);
  expect((await deliver([change(phoneNumberId, [message(from, "3")])], "the-accounts-new-secret")).status).toBe(200);
  expect(await textsOf(org, id, from)).toEqual(["1", "3"]);
});

it("gives back what a busy conversation did not take as it came, so that it finds the way again", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const route = (await routesOf(context(), "whatsapp", [phoneNumberId])).get(phoneNumberId)!;
  const status: ChannelUpdate = {
    kind: "status",
    account: phoneNumberId,
    to: { address: `+${phone()}` },
    externalId: wamid(),
    messageId: `${crypto.randomUUID()}.${crypto.randomUUID()}`,
    status: "read",
    at: Date.now(),
  };
  const busy = Object.assign(context(), {
    env: {
      ...env,
      CONVERSATION: {
        getByName: () => {
          throw new Error("busy");
        },
      },
    },
  });
  expect(await deliverToConversations(busy, "whatsapp", route, [status])).toEqual([status]);
});
