import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { CampaignApi } from "../../src/domain/object-apis";
import { clock, DAY, HOUR } from "../../src/kit/clock";
import { conversationWith, customerWrites, eventually, eventuallyListed, graph, phone } from "../harness";
import { type Shop, shop } from "./wa-templates";

/** How a campaign is sent, and what stops it. */

vi.setConfig({ testTimeout: 90_000 });

const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

let mine: Shop;
let hello: string;
let sale: string;
beforeAll(async () => {
  mine = await shop();
  mine.has({ name: "hello", components: [{ type: "BODY", text: "Hello {{1}}, we are open again." }] });
  mine.has({
    name: "sale",
    category: "MARKETING",
    components: [
      { type: "BODY", text: "Our sale has begun!" },
      { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Show me" }] },
    ],
  });
  await mine.sync();
  hello = (await mine.named("hello")).id;
  sale = (await mine.named("sale")).id;
});

interface Sent {
  id: string;
  path: string;
  numbers: string[];
  get(): Promise<any>;
  recipients(): Promise<any[]>;
  counts(): Promise<Record<string, number>>;
}

async function campaign(numbers: string[], more: object = {}, at = mine): Promise<Sent> {
  const made = await at.org.call("POST", "/api/campaigns", { name: "News", template_id: sale, ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const path = `/api/campaigns/${made.body.id}`;
  const variables = Object.fromEntries(numbers.map((number, i) => [number, { "1": `Person ${i}` }]));
  const added = await at.org.call("POST", `${path}/recipients`, {
    phone_numbers: numbers.map((n) => `+${n}`),
    variables,
  });
  expect(added.body.added, JSON.stringify(added.body)).toBe(numbers.length);
  const get = async () => (await at.org.call("GET", path)).body;
  const recipients = async () => (await at.org.call("GET", `${path}/recipients?per_page=100`)).body.data;
  return {
    id: made.body.id,
    path,
    numbers,
    get,
    recipients,
    counts: async () => {
      const counts: Record<string, number> = {};
      for (const { status } of await recipients()) counts[status] = (counts[status] ?? 0) + 1;
      return counts;
    },
  };
}

async function send(numbers: string[], more: object = {}, at = mine): Promise<Sent> {
  const sent = await campaign(numbers, more, at);
  const answer = await at.org.call("POST", `${sent.path}/send`, {});
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return sent;
}

const phones = (n: number): string[] => Array.from({ length: n }, phone);
const atMeta = (to: string) => graph.state.messages.filter((message) => message.to === to);
const became = (sent: Sent, status: string, seconds = 30) =>
  eventually(async () => {
    await graph.settle();
    const now = await sent.get();
    expect(`${now.status}: ${now.status_detail}`).toMatch(new RegExp(`^${status}: `));
    return now;
  }, seconds);
const until = (sent: Sent, counts: object, seconds = 30) =>
  eventually(async () => {
    await graph.settle();
    const got = await sent.counts();
    expect(got).toEqual(counts);
  }, seconds);

it("sends each recipient its message, in a conversation where the answer arrives, and counts what becomes of it", async () => {
  const known = phone();
  await customerWrites(mine.phoneNumberId, known, "Hello", { name: "Siti" });
  const { id: knownId } = await conversationWith(mine.org, known);
  const numbers = [known, ...phones(30)];
  const sent = await send(numbers, { template_id: hello });
  const done = await became(sent, "completed");
  await until(sent, { read: 31 });
  for (const [i, number] of numbers.entries())
    expect(atMeta(number).map(({ body }: any) => body.template.components[0].parameters[0].text)).toEqual([
      `Person ${i}`,
    ]);
  expect(done).toMatchObject({ total_recipients: 31, pending_count: 0, failed_count: 0 });
  await eventually(async () =>
    expect(await sent.get()).toMatchObject({ sent_count: 31, delivered_count: 31, read_count: 31, replied_count: 0 }),
  );
  const recipients = await sent.recipients();
  expect(recipients[0].conversation_id).toBe(knownId);
  expect(recipients[1]).toMatchObject({
    status: "read",
    phone_number: `+${numbers[1]}`,
    sent_at: expect.any(String),
    delivered_at: expect.any(String),
    read_at: expect.any(String),
    external_id: expect.stringMatching(/^wamid/),
  });
  // Nobody waits in a conversation that the campaign began; its customer's answer opens it.
  const begun = await conversationOf(recipients[1].conversation_id);
  expect(begun).toMatchObject({ status: "resolved", cycle: 0, unread_count: 0, message_count: 1 });
  await customerWrites(mine.phoneNumberId, numbers[1]!, "What is new?");
  await eventually(async () =>
    expect(await conversationOf(recipients[1].conversation_id)).toMatchObject({
      status: "open",
      cycle: 1,
      unread_count: 1,
    }),
  );
  await eventually(async () => expect(await sent.get()).toMatchObject({ status: "completed", replied_count: 1 }), 15);
});

const conversationOf = async (id: string): Promise<any> =>
  (await mine.org.call("GET", `/api/conversations/${id}`)).body;

it("counts answers within 72 hours and presses of its buttons, each once", async () => {
  const [presser, writer, late] = phones(3) as [string, string, string];
  const sent = await send([presser, writer, late]);
  await became(sent, "completed");
  const press = (from: string) =>
    graph.customers.say({
      phoneNumberId: mine.phoneNumberId,
      from,
      message: { type: "button", button: { payload: "Show me", text: "Show me" } },
      context: { id: atMeta(from)[0]!.wamid },
    });
  press(presser);
  press(presser);
  await graph.settle();
  await customerWrites(mine.phoneNumberId, writer, "Tell me more");
  await eventually(async () => expect(await sent.get()).toMatchObject({ replied_count: 2, clicked_count: 1 }), 15);
  clock.now = () => realNow() + 3 * DAY + HOUR;
  graph.customers.say({ phoneNumberId: mine.phoneNumberId, from: late, text: "Too late", at: clock.now() });
  await graph.settle();
  clock.now = realNow;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await sent.recipients()).map(({ replied_at }) => replied_at !== null)).toEqual([true, true, false]);
});

it("skips who takes no marketing, fails who lacks a variable, and goes on with the others", async () => {
  const [out, other] = phones(2) as [string, string];
  await customerWrites(mine.phoneNumberId, out);
  const { contact_id: contactId } = await conversationWith(mine.org, out);
  await mine.org.call("PATCH", `/api/contacts/${contactId}`, { marketing_opted_out: true });
  const sent = await send([out, other]);
  await became(sent, "completed");
  await until(sent, { skipped: 1, read: 1 });
  expect((await sent.recipients())[0]).toMatchObject({
    status: "skipped",
    error_message: expect.stringContaining("marketing"),
  });
  expect(atMeta(out)).toEqual([]);

  const made = await mine.org.call("POST", "/api/campaigns", { name: "No value", template_id: hello });
  const path = `/api/campaigns/${made.body.id}`;
  const [without, withOne] = phones(2) as [string, string];
  const body = { phone_numbers: [`+${without}`, `+${withOne}`], variables: { [withOne]: { "1": "Ani" } } };
  await mine.org.call("POST", `${path}/recipients`, body);
  expect((await mine.org.call("POST", `${path}/send`, {})).status).toBe(200);
  await eventually(async () => expect((await mine.org.call("GET", path)).body.status).toBe("completed"), 20);
  const { body: listed } = await mine.org.call("GET", `${path}/recipients`);
  expect(listed.data[0]).toMatchObject({ status: "failed", error_message: expect.stringContaining("{{1}}") });
  expect(atMeta(withOne)).toHaveLength(1);
});

it("pauses at once, takes back what has not left, and resumes without loss or a second message", async () => {
  // Nothing leaves: the channel limits the account.
  graph.faults.set({ rateLimit: { code: 130429 } });
  const sent = await send(phones(40), { messages_per_second: 40 });
  await eventually(async () => expect((await sent.counts())["queued"]).toBeGreaterThan(5), 15);
  const paused = await mine.org.call("POST", `${sent.path}/pause`, {});
  expect(paused.body).toMatchObject({ status: "paused", status_reason: "by_agent" });
  graph.faults.clear();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const left = sent.numbers.filter((number) => atMeta(number).length > 0).length;
  const counts = await sent.counts();
  expect((counts["pending"] ?? 0) + left).toBe(40);
  expect(left).toBeLessThan(10);
  expect((await mine.org.call("POST", `${sent.path}/resume`, {})).body.status).toBe("sending");
  await became(sent, "completed");
  await until(sent, { read: 40 });
  for (const number of sent.numbers) expect(atMeta(number)).toHaveLength(1);
});

it("cancels: nothing leaves a second after the answer, and the rest stays pending", async () => {
  const sent = await send(phones(60), { messages_per_second: 20 });
  await eventually(async () => expect(sent.numbers.some((number) => atMeta(number).length > 0)).toBe(true), 15);
  expect((await mine.org.call("POST", `${sent.path}/cancel`, {})).body).toMatchObject({ status: "cancelled" });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const left = sent.numbers.filter((number) => atMeta(number).length > 0).length;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(sent.numbers.filter((number) => atMeta(number).length > 0)).toHaveLength(left);
  await until(sent, { read: left, pending: 60 - left });
  await eventually(async () => expect((await sent.get()).read_count).toBe(left), 15);
});

it("goes on after its object has stopped, and writes to nobody twice", async () => {
  const sent = await send(phones(60), { messages_per_second: 30 });
  const object = env.CAMPAIGN.getByName(`${mine.org.id}:${sent.id}`);
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await evictDurableObject(object);
  }
  await became(sent, "completed", 45);
  await until(sent, { read: 60 });
  for (const number of sent.numbers) expect(atMeta(number)).toHaveLength(1);
});

it("pauses by itself when its template is paused, and says what to do", async () => {
  const sent = await send(phones(40), { messages_per_second: 10 });
  await eventually(async () => expect(sent.numbers.some((number) => atMeta(number).length > 0)).toBe(true), 15);
  graph.actOnTemplate({ name: "sale", wabaId: mine.wabaId, do: "pause" });
  const paused = await became(sent, "paused");
  expect(paused).toMatchObject({
    status_reason: "template_paused",
    status_detail: expect.stringContaining("Resume when"),
  });
  const { body: log } = await mine.org.call("GET", `/api/activity-logs?entity_id=${sent.id}`);
  expect(log.data.map(({ action }: any) => action)).toContain("campaign.pause");
  expect((await mine.org.call("POST", `${sent.path}/resume`, {})).body.code).toBe("template_not_approved");
  // If two reports come in one second the worse counts, so the next one waits.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  graph.actOnTemplate({ name: "sale", wabaId: mine.wabaId, do: "unpause" });
  await graph.settle();
  expect((await mine.org.call("POST", `${sent.path}/resume`, {})).body.status).toBe("sending");
  await became(sent, "completed");
  await until(sent, { read: 40 });
});

it("pauses when the channel limits the account's standing, and tries those again whom it refused", async () => {
  graph.faults.set({ recipients: [{ to: "*", code: 131048, times: 3, as: "answer" }] });
  const sent = await send(phones(12), { messages_per_second: 6 });
  const paused = await became(sent, "paused");
  expect(paused).toMatchObject({ status_reason: "spam_limit", failed_count: 0 });
  graph.faults.clear();
  expect((await mine.org.call("POST", `${sent.path}/resume`, {})).body.status).toBe("sending");
  await became(sent, "completed");
  await until(sent, { read: 12 });
  for (const number of sent.numbers) expect(atMeta(number)).toHaveLength(1);
});

it("pauses when a fifth of the last messages failed for one reason", async () => {
  graph.faults.set({ recipients: [{ to: "*", code: 131026, as: "status" }] });
  const sent = await send(phones(80), { messages_per_second: 10 });
  const paused = await became(sent, "paused", 45);
  expect(paused).toMatchObject({
    status_reason: "too_many_failures",
    status_detail: expect.stringContaining("131026"),
  });
  expect((await sent.counts())["pending"]).toBeGreaterThan(0);
});

it("ends the consent of whom the channel reports as stopped, and counts the failure", async () => {
  const [number] = phones(1) as [string];
  graph.faults.set({ recipients: [{ to: number, code: 131050, as: "status" }] });
  const sent = await send([number]);
  await became(sent, "completed");
  await until(sent, { failed: 1 });
  const { contact_id: contactId } = await eventuallyListed(mine.org, () => conversationWith(mine.org, number));
  await eventually(async () =>
    expect((await mine.org.call("GET", `/api/contacts/${contactId}`)).body.marketing_opted_out_at).not.toBeNull(),
  );
});

it.each([
  ["refused for the account's sake", 131048],
  ["taken back", 130429],
])("writes nobody twice whose message may have arrived before it was %s", async (_, code) => {
  graph.faults.set({ answerLost: { times: 1 } });
  const [number] = phones(1) as [string];
  const sent = await send([number]);
  await eventually(async () => expect(atMeta(number)).toHaveLength(1), 15);
  // Its status comes late, and the second attempt is refused.
  const refused = () => graph.state.requests.filter(({ fault }) => fault === "rateLimit").length;
  const before = refused();
  graph.faults.set({ rateLimit: { code } });
  await eventually(async () => expect(refused()).toBeGreaterThan(before), 15);
  if (code === 130429) await mine.org.call("POST", `${sent.path}/pause`, {});
  await eventually(async () => expect((await sent.get()).status).toMatch(/paused|completed/), 15);
  graph.faults.clear();
  if ((await sent.get()).status === "paused") await mine.org.call("POST", `${sent.path}/resume`, {});
  await eventually(async () => expect((await sent.get()).status).toBe("completed"), 15);
  expect(atMeta(number)).toHaveLength(1);
  await until(sent, { read: 1 });
});

it("adds nobody to a campaign that was sent meanwhile, and clears nothing", async () => {
  const sent = await campaign(phones(2));
  const later = new Date(clock.now() + DAY).toISOString();
  expect((await mine.org.call("POST", `${sent.path}/send`, { scheduled_at: later })).status).toBe(200);
  // A call may have found a draft before and reach the object only now.
  const object = env.CAMPAIGN.getByName(`${mine.org.id}:${sent.id}`) as unknown as CampaignApi;
  const whose = { orgId: mine.org.id, tenantDb: mine.org.tenantDbName, campaignId: sent.id };
  expect(await object.add(whose, [{ address: `+${phone()}`, contactId: null, variables: {} }])).toBeUndefined();
  expect(await object.clear(whose)).toBeUndefined();
  expect((await sent.recipients()).map(({ status }) => status)).toEqual(["pending", "pending"]);
});

it("warns before it is sent to more people than the account may write to first in a day", async () => {
  await mine.org.tenantDb
    .prepare("UPDATE integration_accounts SET messaging_limit = 'TIER_2' WHERE id = ?")
    .bind(mine.id)
    .run();
  const sent = await campaign(phones(3));
  const warnings = [{ code: "messaging_limit", message: expect.stringMatching(/ 2 people.*TIER_2.* 3 recipients/) }];
  expect((await mine.org.call("GET", `${sent.path}/estimate`)).body).toMatchObject({ warnings });
  const later = new Date(clock.now() + DAY).toISOString();
  const answer = await mine.org.call("POST", `${sent.path}/send`, { scheduled_at: later });
  expect(answer.body).toMatchObject({ status: "scheduled", warnings });
  await mine.org.tenantDb
    .prepare("UPDATE integration_accounts SET messaging_limit = 'TIER_UNLIMITED' WHERE id = ?")
    .bind(mine.id)
    .run();
  expect((await mine.org.call("GET", `${sent.path}/estimate`)).body).toMatchObject({ warnings: [] });
});
