import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { unsubscribeLink } from "../../src/areas/campaigns/unsubscribe-link";
import { configOf } from "../../src/config";
import { conversationIdOf } from "../../src/domain/ids";
import {
  conversationWith,
  customerWrites,
  door,
  eventually,
  eventuallyListed,
  graph,
  mail,
  type Org,
  organization,
  phone,
  projected,
} from "../harness";
import { shop } from "./wa-templates";

/** The organization's rules for campaigns: settings, words of consent, and the link in mails. */

vi.setConfig({ testTimeout: 30_000 });

const SETTINGS = "/api/settings/campaigns";
const NOTHING_SET = {
  sending_hours: null,
  frequency_cap: null,
  opt_out_words: null,
  opt_in_words: null,
  opt_out_reply: null,
  prices: null,
  updated_at: null,
};

async function person(org: Org, phoneNumberId: string, firstText = "Hello") {
  const from = phone();
  // The channel's times are whole seconds.
  let at = Date.now() - 60_000;
  const writes = (text: string) => customerWrites(phoneNumberId, from, text, { at: (at += 2000) });
  await writes(firstText);
  const { id, contact_id: contactId } = await conversationWith(org, from);
  const messagesOf = async () => (await org.call("GET", `/api/conversations/${id}/messages`)).body.messages as any[];
  return {
    path: `/api/contacts/${contactId}`,
    writes,
    messagesOf,
    takesMarketing: (takes: boolean, source: string | null = "customer") =>
      eventuallyListed(org, async () =>
        expect((await org.call("GET", `/api/contacts/${contactId}`)).body).toMatchObject({
          marketing_opted_out_at: takes ? null : expect.any(String),
          marketing_source: source,
        }),
      ),
    log: async () =>
      (await org.call("GET", `/api/activity-logs?entity_type=contact&entity_id=${contactId}`)).body.data as any[],
  };
}

it("keeps settings, restores defaults, and tells the log", async () => {
  const [org, other] = [await organization(), await organization()];
  const first = await org.call("GET", SETTINGS);
  expect(first).toMatchObject({ status: 200, body: NOTHING_SET });
  expect(first.body.default_opt_out_words).toEqual(expect.arrayContaining(["stop", "berhenti"]));
  const set = {
    sending_hours: { start: "09:00", end: "20:00" },
    frequency_cap: { max: 4, days: 7 },
    opt_out_words: ["Cukup"],
    opt_out_reply: "OK",
    prices: { currency: "IDR", rates: [{ effective_from: "2026-01-01", countries: ["ID", "MY"], marketing: 600.5 }] },
  };
  expect(await org.call("PATCH", SETTINGS, set)).toMatchObject({
    status: 200,
    body: { ...NOTHING_SET, ...set, updated_at: expect.any(String) },
  });
  const kept = (await org.call("GET", SETTINGS)).body;
  expect(kept).toMatchObject(set);
  expect((await org.call("PATCH", SETTINGS, set)).body).toEqual(kept);
  expect((await org.call("PATCH", SETTINGS, { opt_out_words: null, prices: null })).body).toMatchObject({
    ...set,
    opt_out_words: null,
    prices: null,
  });
  for (const refused of [
    { sending_hours: { start: "20:00", end: "09:00" } },
    { sending_hours: { start: "9:00", end: "20:00" } },
    { sending_hours: { start: "09:00" } },
    { frequency_cap: { max: 0, days: 7 } },
    { frequency_cap: { max: 1, days: 400 } },
    { opt_out_words: ["!!!"] },
    { opt_out_words: ["x".repeat(41)] },
    { opt_in_words: "start" },
    { opt_out_reply: "" },
    { prices: { currency: "rupiah", rates: [] } },
    { prices: { currency: "IDR", rates: [{ effective_from: "2026-02-30", countries: ["ID"] }] } },
    { prices: { currency: "IDR", rates: [{ effective_from: "2026-01-01", countries: ["ID"], marketing: -1 }] } },
    { quiet: true },
  ])
    expect([refused, (await org.call("PATCH", SETTINGS, refused)).status]).toEqual([refused, 422]);
  expect((await other.call("GET", SETTINGS)).body).toMatchObject(NOTHING_SET);
  const { body } = await org.call("GET", "/api/activity-logs?action=campaign_settings.update");
  expect(body.data.map(({ changes }: any) => changes)).toEqual([
    { opt_out_words: [["Cukup"], null], prices: ["a table", null] },
    {
      sending_hours: [null, set.sending_hours],
      frequency_cap: [null, set.frequency_cap],
      opt_out_words: [null, ["Cukup"]],
      opt_out_reply: [null, "OK"],
      prices: [null, "a table"],
    },
  ]);
});

it("takes a word such as STOP for an end of marketing, until another word or an agent takes it back", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const one = await person(org, phoneNumberId);
  await one.writes("Please stop by tomorrow");
  await one.takesMarketing(true, null);
  await one.writes("Berhenti!");
  await one.takesMarketing(false);
  await one.writes("MULAI");
  await one.takesMarketing(true);
  await one.writes("stop");
  await one.takesMarketing(false);
  expect((await one.log()).map(({ action, actor_kind: by, changes }) => [action, by, changes.opted_out])).toEqual([
    ["contact.marketing_changed", "customer", true],
    ["contact.marketing_changed", "customer", false],
    ["contact.marketing_changed", "customer", true],
  ]);
  // The word is a message as any other, and nothing answers it.
  expect((await one.messagesOf()).map(({ content }) => content.text)).toEqual([
    "Hello",
    "Please stop by tomorrow",
    "Berhenti!",
    "MULAI",
    "stop",
  ]);
  expect((await org.call("PATCH", one.path, { marketing_opted_out: false })).status).toBe(200);
  await one.takesMarketing(true, "agent");
  // Somebody whose first word it is.
  await (await person(org, phoneNumberId, "UNSUBSCRIBE")).takesMarketing(false);
});

it("knows an organization's own words at once, and answers an opt-out", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const one = await person(org, phoneNumberId);
  const reply = "You get no more offers. Write GO to get them again.";
  await org.call("PATCH", SETTINGS, { opt_out_words: ["Cukup sudah"], opt_in_words: ["go"], opt_out_reply: reply });
  await one.writes("STOP");
  await one.writes("cukup, sudah…");
  await one.takesMarketing(false);
  await graph.settle();
  await eventually(async () =>
    expect((await one.messagesOf()).map(({ direction, content }) => [direction, content.text])).toEqual([
      ["inbound", "Hello"],
      ["inbound", "STOP"],
      ["inbound", "cukup, sudah…"],
      ["outbound", reply],
    ]),
  );
  await one.writes("Go");
  await one.takesMarketing(true);
  expect(await one.log()).toHaveLength(2);
  expect((await one.messagesOf()).filter(({ direction }) => direction === "outbound")).toHaveLength(1);
});

it("unsubscribes by a link: one click, for good, and only with its token", async () => {
  const [org, other] = [await organization(), await organization()];
  const account = await org.connectMail();
  const { messageId } = await mail.write({ from: "rina@customer.test", to: account.address, subject: "A", text: "B" });
  const conversationId = conversationIdOf(org.id, account.id, messageId.replaceAll(/[<>]/g, ""));
  await projected(org, conversationId);
  const { contact_id: contactId } = (await org.call("GET", `/api/conversations/${conversationId}`)).body;
  const contact = async () => (await org.call("GET", `/api/contacts/${contactId}`)).body;
  const config = configOf(env);
  const ref = { orgId: org.id, tenantDb: org.tenantDbName, conversationId };
  const link = unsubscribeLink(config, ref)!;
  const path = new URL(link).pathname;
  const post = (at: string, body = "List-Unsubscribe=One-Click") =>
    door(at, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } });

  const shown = await door(path);
  expect(shown.status).toBe(200);
  expect(shown.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await shown.text()).toMatch(/<form method="post">.*Unsubscribe/s);
  expect(await contact()).toMatchObject({ marketing_opted_out_at: null, marketing_source: null });

  const token = path.split("/").at(-1)!;
  const flipped = `${token.slice(0, -3)}${token.at(-3) === "A" ? "B" : "A"}${token.slice(-2)}`;
  const foreign = new URL(unsubscribeLink(config, { ...ref, orgId: other.id })!).pathname;
  const bare = Buffer.from(token, "base64url").subarray(0, 40).toString("base64url");
  for (const hostile of [flipped, token.slice(1), bare, "x", "..%2f..", "%00", "a".repeat(5000)]) {
    expect([hostile, (await door(`/unsubscribe/${hostile}`)).status]).toEqual([hostile, 404]);
    expect([hostile, (await post(`/unsubscribe/${hostile}`)).status]).toEqual([hostile, 404]);
  }
  expect((await post(foreign)).status).toBe(404);
  expect(await contact()).toMatchObject({ marketing_opted_out_at: null });

  for (let n = 0; n < 3; n++) {
    const done = await post(path, n === 1 ? "" : undefined);
    expect(done.status).toBe(200);
    expect(await done.text()).toContain("You are unsubscribed");
    await eventuallyListed(org, async () =>
      expect(await contact()).toMatchObject({
        marketing_opted_out_at: expect.any(String),
        marketing_source: "customer",
        email_suppressed_at: null,
      }),
    );
  }
  expect(await (await door(path)).text()).not.toContain("<form");
  const { body } = await org.call("GET", `/api/activity-logs?entity_type=contact&entity_id=${contactId}`);
  expect(body.data).toMatchObject([{ action: "contact.marketing_changed", actor_kind: "customer" }]);
  await org.call("PATCH", `/api/contacts/${contactId}`, { marketing_opted_out: false });
  expect(await (await door(path)).text()).toContain("<form");
  expect((await post(path)).status).toBe(200);
  await eventuallyListed(org, async () => expect((await contact()).marketing_opted_out_at).not.toBeNull());
});

it("estimates what a campaign costs by country, and says of whom it is not known", async () => {
  const at = await shop();
  const { org } = at;
  at.has({ name: "promo", category: "MARKETING", components: [{ type: "BODY", text: "We are open." }] });
  await at.sync();
  const template_id = (await at.named("promo")).id;
  const { body: campaign } = await org.call("POST", "/api/campaigns", { name: "Sale", template_id });
  const path = `/api/campaigns/${campaign.id}`;
  const estimate = async () => (await org.call("GET", `${path}/estimate`)).body;
  expect(await estimate()).toMatchObject({ category: "MARKETING", recipients: 0, countries: [], total: 0 });
  const phone_numbers = [
    "+6281234567801",
    "+6281234567802",
    "+62361234567",
    "+12125550123",
    "+14165550123",
    "+31612345678",
  ];
  expect((await org.call("POST", `${path}/recipients`, { phone_numbers, variables: {} })).body.added).toBe(6);
  const rates = [
    { effective_from: "2026-01-01", countries: ["ID"], marketing: 0.04 },
    { effective_from: "2026-01-01", countries: ["US", "CA"], marketing: 0.025 },
  ];
  await org.call("PATCH", SETTINGS, { prices: { currency: "EUR", rates } });
  const found = await estimate();
  expect(found).toMatchObject({ currency: "EUR", recipients: 6, total: 0.17, unknown_recipients: 1 });
  expect(new Map(found.countries.map((each: any) => [each.country, each]))).toEqual(
    new Map(
      [
        { country: "ID", recipients: 3, price: 0.04, total: 0.12 },
        { country: "US", recipients: 1, price: 0.025, total: 0.025 },
        { country: "CA", recipients: 1, price: 0.025, total: 0.025 },
        { country: "NL", recipients: 1, price: null, total: null },
      ].map((each) => [each.country, each]),
    ),
  );
  expect(found.countries[0].country).toBe("ID");
  await org.call("PATCH", SETTINGS, { prices: null });
  expect(await estimate()).toMatchObject({ currency: "USD", unknown_recipients: 0 });
  const content = { subject: "News", text: "Hello" };
  const { body: mailing } = await org.call("POST", "/api/campaigns", { name: "News", channel: "email", content });
  expect((await org.call("GET", `/api/campaigns/${mailing.id}/estimate`)).body).toMatchObject({
    category: null,
    recipients: 0,
    countries: [],
    total: 0,
  });
  expect((await (await organization()).call("GET", `${path}/estimate`)).status).toBe(404);
});
