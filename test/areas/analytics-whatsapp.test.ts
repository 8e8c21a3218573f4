import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { clock, DAY, MINUTE } from "../../src/kit/clock";
import {
  type Answer,
  customerWrites,
  conversationWith,
  eventually,
  graph,
  type Org,
  organization,
  phone,
} from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const realNow = clock.now;
beforeEach(() => graph.faults.clear());
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const day = (at = realNow()): string => new Date(at).toISOString().slice(0, 10);
const figures = (org: Pick<Org, "call">, what: string, query = ""): Promise<Answer> =>
  org.call("GET", `/api/analytics/whatsapp/${what}?${query}`);
const asked = (account: { wabaId: string }): number =>
  graph.state.requests.filter(({ path }) => path.endsWith(`/${account.wabaId}`)).length;

interface Account {
  id: string;
  phoneNumberId: string;
  wabaId: string;
}

/** A number that belongs to a business account of its own at Meta, too. */
async function connected(org: Org, token = "token-of-the-account"): Promise<Account> {
  const made = await org.connect({ access_token: token });
  const wabaId = made.phoneNumberId.slice(0, 14);
  await customerWrites(made.phoneNumberId, phone(), "Hello");
  graph.state.numbers.get(made.phoneNumberId)!.wabaId = wabaId;
  return { ...made, wabaId };
}

/** Sends so many messages to a customer and waits until Meta has all of them and they were read. */
async function sent(org: Org, { phoneNumberId }: Account, texts: number, templates: readonly string[]): Promise<void> {
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hello");
  const { id } = await conversationWith(org, from);
  const before = graph.state.messages.length;
  for (let i = 0; i < texts; i++)
    await org.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: `Answer ${i}` } });
  for (const name of templates)
    await org.call("POST", `/api/conversations/${id}/messages`, {
      type: "template",
      content: { name, language: "en" },
    });
  await eventually(async () => expect(graph.state.messages.length).toBe(before + texts + templates.length));
  await graph.settle();
}

it("says what Meta counts of messages, conversations and templates", async () => {
  const org = await organization();
  const account = await connected(org);
  await sent(org, account, 2, ["hello", "bye", "hello"]);
  const range = {
    from: day(realNow() - 29 * DAY),
    to: day(),
    account_id: account.id,
    waba_id: account.wabaId,
    is_stale: false,
  };

  const messages = await figures(org, "messages");
  expect(messages).toMatchObject({
    status: 200,
    body: { ...range, timezone: "UTC", granularity: "day", total: { sent: 5, delivered: 5 } },
  });
  expect(messages.body.data).toEqual([
    { start: `${day()}T00:00:00.000Z`, end: `${day(realNow() + DAY)}T00:00:00.000Z`, sent: 5, delivered: 5 },
  ]);
  const [number] = messages.body.phone_numbers;
  expect((await figures(org, "messages", `phone_number=${number}`)).body.total).toEqual({ sent: 5, delivered: 5 });
  expect((await figures(org, "messages", "phone_number=4915112345678")).body).toMatchObject({
    data: [],
    phone_numbers: [],
    total: { sent: 0, delivered: 0 },
  });
  expect((await figures(org, "messages", "granularity=month")).body.data).toMatchObject([
    { start: `${day().slice(0, 7)}-01T00:00:00.000Z`, sent: 5 },
  ]);

  const conversations = await figures(org, "conversations");
  expect(conversations).toMatchObject({
    status: 200,
    body: { ...range, total: { conversations: 2, conversation_cost: 0.06, volume: 5, cost: 0.06 } },
  });
  expect(
    conversations.body.data.map((point: any) => [point.category, point.type, point.conversations, point.cost]),
  ).toEqual([
    ["UTILITY", "REGULAR", 1, 0.06],
    ["SERVICE", "REGULAR", 1, 0],
  ]);
  expect(conversations.body.pricing.map((point: any) => [point.category, point.type, point.volume])).toEqual([
    ["UTILITY", "REGULAR", 3],
    ["SERVICE", "FREE_CUSTOMER_SERVICE", 2],
  ]);

  const templates = await figures(org, "templates");
  expect(templates).toMatchObject({ status: 200, body: range });
  expect(
    templates.body.data.map((one: any) => [one.name, one.language, one.sent, one.delivered, one.read, one.cost]),
  ).toEqual([
    ["hello", "en", 2, 2, 2, 0.04],
    ["bye", "en", 1, 1, 1, 0.02],
  ]);
  expect(templates.body.data[0].days).toEqual([
    { date: day(), sent: 2, delivered: 2, read: 2, clicked: 0, cost: 0.04 },
  ]);
  const one = templates.body.data[1].template_id;
  expect((await figures(org, "templates", `template_ids=${one}`)).body.data).toMatchObject([
    { template_id: one, name: "bye", sent: 1 },
  ]);
  expect((await figures(org, "templates", `template_ids=${one},12345`)).body.data[1]).toMatchObject({
    template_id: "12345",
    name: null,
    sent: 0,
    cost: null,
    days: [],
  });
});

it("asks Meta once in 15 minutes, and says what it had said while Meta is away", async () => {
  const org = await organization();
  const account = await connected(org);
  await sent(org, account, 1, []);
  const first = await figures(org, "messages");
  expect(first.body).toMatchObject({ total: { sent: 1 }, is_stale: false });
  expect(asked(account)).toBe(1);
  await sent(org, account, 1, []);
  expect((await figures(org, "messages")).body).toEqual(first.body);
  // Another question is another answer.
  expect((await figures(org, "messages", "granularity=month")).body.total.sent).toBe(2);
  expect(asked(account)).toBe(2);

  const now = realNow();
  clock.now = () => now + 15 * MINUTE + 1000;
  graph.faults.set({ outage: { mode: "500" } });
  expect(await figures(org, "messages")).toMatchObject({
    status: 200,
    body: { total: { sent: 1 }, is_stale: true, fetched_at: first.body.fetched_at },
  });
  const before = asked(account);
  // A second look at once does not wait for Meta again.
  expect((await figures(org, "messages")).body.is_stale).toBe(true);
  expect(asked(account)).toBe(before);
  // Figures that were never fetched cannot be answered.
  expect(await figures(org, "conversations")).toMatchObject({ status: 503, body: { code: "channel_unavailable" } });

  graph.faults.clear();
  clock.now = () => now + 17 * MINUTE;
  expect((await figures(org, "messages")).body).toMatchObject({ total: { sent: 2 }, is_stale: false });
});

it("passes on why Meta refuses, and shows a dead token on the account", async () => {
  const org = await organization();
  const account = await connected(org, "token-that-dies");
  graph.faults.set({ insightsDisabled: [account.wabaId] });
  await sent(org, account, 0, ["hello"]);
  const disabled = await figures(org, "templates");
  expect(disabled).toMatchObject({ status: 422, body: { code: "whatsapp_insights_disabled" } });
  expect(
    (
      await figures(
        org,
        "templates",
        `from=${day(realNow() - 95 * DAY)}&to=${day(realNow() - 94 * DAY)}&template_ids=12345`,
      )
    ).body.code,
  ).toBe("whatsapp_insights_disabled");
  graph.faults.set({ deadTokens: ["token-that-dies"] });
  const dead = await figures(org, "messages");
  expect(dead).toMatchObject({
    status: 422,
    body: { code: "channel_refused", detail: expect.stringMatching(/^190: /) },
  });
  expect(JSON.stringify([disabled.body, dead.body])).not.toContain("token-that-dies");
  expect((await org.call("GET", `/api/integrations/accounts/${account.id}`)).body.health).toBe("needs_reauth");
  graph.faults.clear();
  expect(await figures(org, "messages", `from=2020-01-01&to=2020-01-31`)).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("one year ago") },
  });
});

it("takes the account that is named, or the default one, and nobody else's", async () => {
  const [org, other] = [await organization(), await organization()];
  expect(await figures(org, "messages")).toMatchObject({ status: 404, body: { code: "whatsapp_account_not_found" } });
  const [first, second] = [await connected(org), await connected(org)];
  await sent(org, second, 1, []);
  expect((await figures(org, "messages", `account_id=${second.id}`)).body).toMatchObject({
    account_id: second.id,
    total: { sent: 1 },
  });
  expect((await figures(org, "messages", `account_id=${first.id}`)).body).toMatchObject({
    account_id: first.id,
    total: { sent: 0 },
  });
  await org.call("PUT", `/api/integrations/accounts/${second.id}/default`);
  for (const what of ["messages", "conversations", "templates"]) {
    expect((await figures(other, what, `account_id=${second.id}`)).status).toBe(404);
    expect((await figures(await org.agent(), what)).status).toBe(403);
  }
  for (const query of ["granularity=week", "phone_number=%2B49151", "account_id=x", "from=2026-11-02&to=2026-11-01"]) {
    expect([query, (await figures(org, "messages", query)).status]).toEqual([query, 400]);
  }
  for (const query of [
    "template_ids=a",
    `template_ids=${Array.from({ length: 11 }, () => "1").join()}`,
    `from=${day(realNow() - 90 * DAY)}&to=${day()}`,
  ]) {
    expect([query, (await figures(org, "templates", query)).status]).toEqual([query, 400]);
  }
});
