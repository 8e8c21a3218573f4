import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { EndpointObject } from "../../durable-objects/endpoint";
import { clock, DAY, HOUR, MINUTE, SECOND } from "../../src/kit/clock";
import { schemaOf } from "../../src/areas/webhooks/payloads";
import { SUBSCRIBABLE_TYPES } from "../../src/domain/event";
import {
  type Caller,
  conversationWith,
  customerWrites,
  eventually,
  graph,
  type Org,
  organization,
  phone,
  projected,
} from "../harness";
import { everyMinute } from "../minute";
import { due, hang, Receiver, shop, subscribe, verified } from "./receiver";

vi.setConfig({ testTimeout: 30_000 });
const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  vi.restoreAllMocks();
});

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
/** Moves the clock on, from now. */
const later = (ms: number): void => {
  const moved = clock.now() - realNow();
  clock.now = () => realNow() + moved + ms;
};
const quiet = (): void => void vi.spyOn(console, "error").mockImplementation(() => {});
const deliveriesOf = async (org: Caller, { id }: { id: string }, query = ""): Promise<any[]> =>
  (await org.call("GET", `/api/webhooks/${id}/deliveries?limit=100${query}`)).body.data;
const webhookOf = async (org: Org, { id }: { id: string }): Promise<any> =>
  (await org.call("GET", "/api/webhooks")).body.find((one: any) => one.id === id);

it("sends signed events of conversations to who subscribes, once each", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const receiver = new Receiver();
  const webhook = await subscribe(org, receiver, ["message.received", "contact.created"]);
  expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hello");
  await eventually(async () => expect(receiver.got).toHaveLength(2));
  const byType = Object.fromEntries(receiver.got.map((one) => [one.payload.type, one]));
  const { id } = await conversationWith(org, from);
  expect(byType["message.received"]!.payload.data).toMatchObject({
    conversation_id: id,
    conversation: { contact_phone: `+${from}` },
    message: { direction: "inbound", content: { text: "Hello" } },
  });
  expect(byType["contact.created"]!.payload.data.changes).toMatchObject({ phone_number: [null, `+${from}`] });
  for (const one of receiver.got) expect(verified(webhook.secret, one)).toEqual(one.payload);
  expect(() => verified(webhook.secret, { ...receiver.got[0]!, body: "{}" })).toThrow(/signature/);
  // A second message of the same customer, projected twice, is one delivery, and no new contact.
  await customerWrites(phoneNumberId, from, "Again");
  await projected(org);
  await projected(org);
  await eventually(async () => expect(receiver.got).toHaveLength(3));
  await eventually(async () =>
    expect((await deliveriesOf(org, webhook)).map((d) => [d.event_type, d.status, d.attempt, d.http_status])).toEqual([
      ["message.received", "success", 1, 200],
      expect.anything(),
      expect.anything(),
    ]),
  );
  expect(await webhookOf(org, webhook)).toMatchObject({
    secret: expect.stringMatching(/^••••.{4}$/),
    consecutive_failures: 0,
    last_success_at: expect.any(String),
  });
});

it("costs nothing where nobody subscribes, and sends nothing of other types", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const receiver = new Receiver();
  const webhook = await subscribe(org, receiver, ["conversation.resolved"]);
  await customerWrites(phoneNumberId, phone(), "Hello");
  await projected(org);
  expect(await deliveriesOf(org, webhook)).toEqual([]);
  expect(receiver.got).toEqual([]);
});

it("sends the events of a conversation one after another, and at most four requests at once", async () => {
  const { org, receiver, writes } = await shop();
  receiver.answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return new Response("taken");
  };
  const [first, ...others] = Array.from({ length: 8 }, phone);
  for (const [i, from] of others.entries()) {
    await writes(`first ${i}`, first);
    await writes("other", from);
  }
  await projected(org);
  await eventually(async () => expect(receiver.got).toHaveLength(14));
  const ofFirst = receiver.got
    .map(({ payload }) => payload.data)
    .filter((d) => d.conversation.contact_phone === `+${first}`);
  expect(ofFirst.map(({ message }) => message.content.text)).toEqual(others.map((_, i) => `first ${i}`));
  expect(ofFirst.map(({ seq }) => seq)).toEqual(ofFirst.map(({ seq }) => seq).toSorted((a, b) => a - b));
  expect(receiver.mostOpen).toBeLessThanOrEqual(4);
  expect(receiver.mostOpen).toBeGreaterThan(1);
});

it("sends again with the same id what it did not record", async () => {
  quiet();
  const { org, receiver, webhook, writes } = await shop();
  const trigger = `cut_off_${webhook.id.replaceAll("-", "_")}`;
  await org.tenantDb
    .prepare(
      `CREATE TRIGGER ${trigger} BEFORE UPDATE ON webhook_deliveries WHEN OLD.webhook_id = '${webhook.id}' BEGIN SELECT RAISE(ABORT, 'cut off'); END`,
    )
    .run();
  await writes("Hello");
  await eventually(async () => expect(receiver.got).toHaveLength(1));
  await evictDurableObject(env.ENDPOINT.getByName(`${org.id}:${webhook.id}`));
  await org.tenantDb.prepare(`DROP TRIGGER ${trigger}`).run();
  await eventually(async () => {
    await minute();
    expect(await deliveriesOf(org, webhook, "&status=success")).toHaveLength(1);
  });
  expect(receiver.got.length).toBeGreaterThan(1);
  expect(new Set(receiver.got.map(({ id, body }) => id + body)).size).toBe(1);
  expect(receiver.got[0]!.id).toBe((await deliveriesOf(org, webhook))[0].id);
});

it("lets an endpoint that hangs delay no other", async () => {
  const { org, receiver, webhook, writes } = await shop();
  receiver.answer = hang;
  const fast = new Receiver();
  await subscribe(org, fast, ["message.received"]);
  for (let i = 0; i < 8; i++) {
    await writes(`${i}`);
    await projected(org);
    const sentAt = Date.now();
    await eventually(async () => expect(fast.got).toHaveLength(i + 1));
    expect(Date.now() - sentAt).toBeLessThan(1000);
  }
  expect(receiver.mostOpen).toBe(4);
  await eventually(async () => {
    const failed = await deliveriesOf(org, webhook, "&status=failed");
    expect(failed.length).toBeGreaterThan(3);
    expect(failed[0]).toMatchObject({ http_status: null, error_message: "No answer within 1.5 seconds" });
  });
});

it("tries eight times on the ladder, then gives up, and recovers on request", { timeout: 60_000 }, async () => {
  const { org, receiver, webhook, writes } = await shop();
  receiver.answer = () => new Response("broken", { status: 500 });
  await writes("Hello");
  await projected(org);
  const steps = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
  // Where a wake-up meets the end of a run, its alarm goes on, which is due by the test's clock only.
  const alarm = () => runDurableObjectAlarm(env.ENDPOINT.getByName(`${org.id}:${webhook.id}`));
  const only = async (attempt: number): Promise<any> =>
    eventually(async () => {
      await alarm();
      const [delivery] = await deliveriesOf(org, webhook);
      expect(delivery).toMatchObject({ attempt, response_body: "broken", error_message: "Answered 500" });
      return delivery;
    });
  for (const [i, step] of steps.entries()) {
    const { status, next_retry_at: next } = await only(i + 1);
    expect(status).toBe("failed");
    const delay = Date.parse(next) - clock.now();
    expect(delay).toBeLessThanOrEqual(1.2 * step);
    expect(delay).toBeGreaterThanOrEqual(0.8 * step - 5 * SECOND);
    later(Math.max(0, delay) + 1);
    await minute();
  }
  expect(await only(8)).toMatchObject({ status: "dead", next_retry_at: null, completed_at: expect.any(String) });
  expect(receiver.got).toHaveLength(8);
  later(DAY);
  await minute();
  expect(receiver.got).toHaveLength(8);
  // Each attempt has a time and a signature of its own, and the same bytes.
  expect(new Set(receiver.got.map(({ headers }) => headers["webhook-signature"])).size).toBe(8);
  expect(new Set(receiver.got.map(({ body, id }) => body + id)).size).toBe(1);
  receiver.answer = () => new Response("taken");
  const since = new Date(clock.now() - 3 * DAY).toISOString();
  const recover = () => org.call("POST", `/api/webhooks/${webhook.id}/recover`, { since });
  expect((await recover()).body).toMatchObject({ recovered: 1, has_more: false });
  await eventually(async () => {
    await alarm();
    expect((await deliveriesOf(org, webhook))[0].status).toBe("success");
  });
  expect((await recover()).body.recovered).toBe(0);
  expect((await org.call("GET", `/api/webhooks/${webhook.id}/statistics`)).body).toMatchObject({
    attempts: 9,
    successes: 1,
    failures: 8,
    dead: 1,
    waiting: 0,
    success_rate: 11.11,
  });
});

it("holds back a conversation's later events while its first retries fail", async () => {
  const { org, receiver, webhook, writes } = await shop();
  const [one, other] = [phone(), phone()];
  let isBroken = true;
  receiver.answer = ({ payload }) =>
    new Response("", { status: isBroken && payload.data.conversation.contact_phone === `+${one}` ? 500 : 200 });
  await writes("1", one);
  await projected(org);
  await eventually(async () => expect((await deliveriesOf(org, webhook))[0].status).toBe("failed"));
  await writes("2", one);
  await writes("other", other);
  await projected(org);
  await eventually(async () => expect(receiver.texts()).toEqual(["1", "other"]));
  isBroken = false;
  later(10 * SECOND);
  await eventually(async () => {
    await minute();
    expect(receiver.texts()).toEqual(["1", "other", "1", "2"]);
  });
});

it("waits as long as the endpoint asks, and no longer than the longest step", async () => {
  const { org, receiver, webhook, writes } = await shop();
  const waitOf = async (retryAfter: string): Promise<number> => {
    receiver.answer = () => new Response("", { status: 400, headers: { "retry-after": retryAfter } });
    const before = (await deliveriesOf(org, webhook)).length;
    await writes("Hello");
    await projected(org);
    return eventually(async () => {
      const all = await deliveriesOf(org, webhook, "&status=failed");
      expect(all).toHaveLength(before + 1);
      return Date.parse(all[0].next_retry_at) - clock.now();
    });
  };
  expect(Math.abs((await waitOf("3600")) - HOUR)).toBeLessThan(10 * SECOND);
  expect(Math.abs((await waitOf(new Date(clock.now() + 2 * HOUR).toUTCString())) - 2 * HOUR)).toBeLessThan(10 * SECOND);
  expect(Math.abs((await waitOf("99999999")) - 10 * HOUR)).toBeLessThan(10 * SECOND);
  expect(await waitOf("soon")).toBeLessThan(10 * SECOND);
  // Busy: nothing else is sent before that time either.
  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "600" } });
  await writes("Too much");
  await projected(org);
  await eventually(async () => expect(receiver.texts()).toContain("Too much"));
  const { length } = receiver.got;
  await writes("Later");
  await projected(org);
  await minute();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(receiver.got).toHaveLength(length);
  receiver.answer = () => new Response("taken");
  later(15 * MINUTE);
  await eventually(async () => {
    await minute();
    expect(receiver.texts()).toContain("Later");
  });
});

it("follows no redirect, keeps 16 KiB of an answer, and takes only 2xx for a success", async () => {
  const { org, receiver, webhook, writes } = await shop();
  const elsewhere = new Receiver();
  const outcomeOf = async (answer: () => Response): Promise<any> => {
    receiver.answer = answer;
    const before = (await deliveriesOf(org, webhook)).length;
    await writes("Hello");
    await projected(org);
    return eventually(async () => {
      const all = await deliveriesOf(org, webhook);
      expect(all).toHaveLength(before + 1);
      expect(all[0].attempt).toBe(1);
      return all[0];
    });
  };
  expect(
    await outcomeOf(() => new Response(null, { status: 302, headers: { location: elsewhere.url } })),
  ).toMatchObject({
    status: "failed",
    http_status: 302,
    error_message: "Answered 302; redirects are not followed",
  });
  expect(elsewhere.got).toEqual([]);
  let wasCancelled = false;
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("x".repeat(5000))),
      cancel: () => void (wasCancelled = true),
    });
  const huge = await outcomeOf(() => new Response(endless()));
  expect([huge.status, huge.response_body.length]).toEqual(["success", 16 * 1024]);
  expect(wasCancelled).toBe(true);
  expect(await outcomeOf(() => new Response(new Uint8Array([0x61, 0, 0xff, 0x62]), { status: 202 }))).toMatchObject({
    status: "success",
    response_body: "a\uFFFD\uFFFDb",
  });
  expect((await outcomeOf(() => new Response("", { status: 404 }))).status).toBe("failed");
});

it("switches off an endpoint that answers 410, and goes on when it is switched on", async () => {
  const { org, receiver, webhook, writes, patch } = await shop();
  receiver.answer = () => new Response("", { status: 410 });
  await writes("Gone");
  await projected(org);
  await eventually(async () =>
    expect(await webhookOf(org, webhook)).toMatchObject({ is_active: false, disabled_reason: "gone" }),
  );
  expect((await deliveriesOf(org, webhook))[0]).toMatchObject({ status: "dead", http_status: 410 });
  await writes("Unheard");
  await projected(org);
  await minute();
  expect(receiver.got).toHaveLength(1);
  const log = (await org.call("GET", "/api/activity-logs?action=webhook.disable")).body.data;
  expect(log).toMatchObject([{ entity_id: webhook.id, changes: { disabled_reason: [null, "gone"] } }]);
  receiver.answer = () => new Response("taken");
  expect((await patch({ is_active: true })).body).toMatchObject({
    is_active: true,
    disabled_reason: null,
    consecutive_failures: 0,
    failing_since: null,
  });
  await writes("Back");
  await projected(org);
  await eventually(async () => expect(receiver.texts()).toEqual(["Gone", "Back"]));
});

it("switches off an endpoint that has failed for five days, but not one that succeeded between", async () => {
  const { org, receiver, webhook, writes } = await shop();
  const [good, bad] = [() => new Response("taken"), () => new Response("", { status: 503 })];
  const start = realNow();
  const writesOn = async (day: number, answer: () => Response): Promise<void> => {
    clock.now = () => realNow() + day * DAY;
    receiver.answer = answer;
    const { length } = receiver.got;
    await writes(`day ${day}`);
    await projected(org);
    await eventually(async () => {
      await minute();
      expect(receiver.texts().slice(length)).toContain(`day ${day}`);
    });
    await eventually(async () => expect((await deliveriesOf(org, webhook, "&status=pending")).length).toBe(0));
  };
  await writesOn(0, bad);
  await writesOn(1, good);
  await writesOn(1.5, bad);
  await writesOn(6, bad);
  expect(await webhookOf(org, webhook)).toMatchObject({ is_active: true });
  expect(Date.parse((await webhookOf(org, webhook)).failing_since)).toBeGreaterThan(start + DAY);
  clock.now = () => realNow() + 6.6 * DAY;
  receiver.answer = bad;
  await writes("The last");
  await projected(org);
  await eventually(async () => {
    await minute();
    expect(await webhookOf(org, webhook)).toMatchObject({ is_active: false, disabled_reason: "failing" });
  });
});

it("sends only events of the given channels and divisions", async () => {
  const org = await organization();
  const { id: accountId, phoneNumberId } = await org.connect();
  const division = (await org.call("POST", "/api/divisions", { name: "Sales" })).body.id;
  const [of, others, all] = [new Receiver(), new Receiver(), new Receiver()];
  const events = ["message.received", "contact.updated"];
  await subscribe(org, of, events, { division_ids: [division], channels: ["whatsapp"] });
  await subscribe(org, others, events, { channels: ["email"] });
  await subscribe(org, all, events);
  await customerWrites(phoneNumberId, phone(), "Without");
  await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { division_id: division });
  await customerWrites(phoneNumberId, phone(), "Within");
  await projected(org);
  await eventually(async () => expect(all.texts()).toEqual(["Without", "Within"]));
  await eventually(async () => expect(of.texts()).toEqual(["Within"]));
  expect(others.got).toEqual([]);
  // An event about no conversation passes every filter.
  const [contact] = (await org.call("GET", "/api/contacts")).body.data;
  await org.call("PATCH", `/api/contacts/${contact.id}`, { name: "Budi" });
  for (const receiver of [of, others, all])
    await eventually(async () =>
      expect(receiver.got.at(-1)?.payload).toMatchObject({
        type: "contact.updated",
        data: { entity_id: contact.id, changes: { name: [expect.anything(), "Budi"] } },
      }),
    );
});

it("tells of each status of a message that somebody subscribes to, also of those that change nothing in lists", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const receiver = new Receiver();
  await subscribe(org, receiver, ["message.sent", "message.status", "message.queued"]);
  const from = phone();
  await customerWrites(phoneNumberId, from, "Hello");
  const { id } = await conversationWith(org, from);
  await org.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: "Yes" } });
  const told = async () => {
    await graph.settle();
    return receiver.got.map(({ payload }) => `${payload.type} ${payload.data.details?.status ?? ""}`).toSorted();
  };
  await eventually(async () =>
    expect(await told()).toEqual([
      "message.queued ",
      "message.sent sent",
      "message.status delivered",
      "message.status read",
      "message.status sent",
    ]),
  );
  const seqs = receiver.got.map(({ payload }) => payload.data.seq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
});

it("signs with both secrets for a day after a rotation, and resends with the present one", async () => {
  const own = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;
  const { org, receiver, webhook, writes } = await shop({ secret: own });
  expect(webhook.secret).toBe(own);
  const path = `/api/webhooks/${webhook.id}`;
  const { body: rotated } = await org.call("POST", `${path}/rotate-secret`, {});
  expect(rotated.secret).not.toBe(own);
  expect(Date.parse(rotated.previous_secret_until) - clock.now()).toBeGreaterThan(DAY - MINUTE);
  await writes("Both");
  await projected(org);
  await eventually(async () => expect(receiver.got).toHaveLength(1));
  expect(receiver.got[0]!.headers["webhook-signature"]!.split(" ")).toHaveLength(2);
  for (const secret of [own, rotated.secret]) verified(secret, receiver.got[0]!);
  const [delivery] = await eventually(async () => {
    const done = await deliveriesOf(org, webhook, "&status=success");
    expect(done).toHaveLength(1);
    return done;
  });
  later(DAY + MINUTE);
  const { body: resent } = await org.call("POST", `${path}/deliveries/${delivery.id}/resend`);
  expect(resent).toMatchObject({ id: delivery.id, status: "success", attempt: 1 });
  expect(receiver.got[1]).toMatchObject({ id: delivery.id, body: receiver.got[0]!.body });
  expect(receiver.got[1]!.headers["webhook-signature"]!.split(" ")).toHaveLength(1);
  expect((await webhookOf(org, webhook)).previous_secret_until).toBeNull();
  // No answer but the first has a secret in full.
  for (const answer of [await org.call("GET", "/api/webhooks"), await org.call("GET", "/api/activity-logs")]) {
    expect(JSON.stringify(answer.body)).not.toContain(own);
    expect(JSON.stringify(answer.body)).not.toContain(rotated.secret);
  }
});

it("refuses secrets that are none", async () => {
  const org = await organization();
  const create = (secret: string) =>
    org.call("POST", "/api/webhooks", { name: "n", url: "https://example.com/", events: ["contact.created"], secret });
  const ofBytes = (n: number): string => Buffer.alloc(n, 1).toString("base64");
  for (const secret of ["", "whsec_", "secret", ofBytes(23), ofBytes(65), `whsec_${ofBytes(32)}!`, `${ofBytes(32)} `]) {
    const { status, body } = await create(secret);
    expect([secret, status, body.code]).toEqual([secret, 422, "webhook_secret_invalid"]);
  }
  for (const n of [24, 64]) expect((await create(ofBytes(n))).body.secret).toBe(`whsec_${ofBytes(n)}`);
});

it("lets tests and resends touch neither health nor retries", async () => {
  const { org, receiver, webhook, writes } = await shop();
  receiver.answer = () => new Response("no", { status: 500 });
  const path = `/api/webhooks/${webhook.id}`;
  for (let i = 0; i < 3; i++)
    expect((await org.call("POST", `${path}/test`, { event_type: "message.sent" })).body).toMatchObject({
      status: "failed",
      is_test: true,
      attempt: 1,
      max_attempts: 1,
      http_status: 500,
      response_body: "no",
      next_retry_at: null,
    });
  expect(receiver.got[0]!.payload.type).toBe("message.sent");
  verified(webhook.secret, receiver.got[0]!);
  expect(await webhookOf(org, webhook)).toMatchObject({ consecutive_failures: 0, last_triggered_at: null });
  await writes("Hello");
  await projected(org);
  const [failed] = await eventually(async () => {
    const all = await deliveriesOf(org, webhook, "&status=failed&event_type=message.received");
    expect(all).toHaveLength(1);
    return all;
  });
  const resend = () => org.call("POST", `${path}/deliveries/${failed.id}/resend`);
  expect((await resend()).body).toMatchObject({ status: "failed", http_status: 500, attempt: 1 });
  expect((await deliveriesOf(org, webhook)).find(({ id }) => id === failed.id)).toMatchObject({
    attempt: 1,
    next_retry_at: failed.next_retry_at,
  });
  expect((await webhookOf(org, webhook)).consecutive_failures).toBe(1);
  receiver.answer = () => new Response("yes");
  expect((await resend()).body).toMatchObject({ status: "success", next_retry_at: null });
  const { length } = receiver.got;
  later(HOUR);
  await minute();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(receiver.got).toHaveLength(length);
  expect((await org.call("POST", `${path}/recover`, { since: "2020-01-01T00:00:00Z" })).body.recovered).toBe(0);
});

it("sends secret headers, shows them masked, and keeps those that come back masked", async () => {
  const { org, receiver, webhook, writes, patch } = await shop({
    headers: { "x-key": "gateway-secret-1", "x-b": "b" },
  });
  expect(webhook.headers).toEqual({ "x-key": "••••", "x-b": "••••" });
  const [row] = (await org.tenantDb.prepare("SELECT * FROM webhooks WHERE id = ?").bind(webhook.id).all()).results;
  expect(JSON.stringify(row)).not.toContain("gateway-secret-1");
  expect((await patch({ headers: { "x-key": "••••", "x-c": "new" } })).body.headers).toEqual({
    "x-key": "••••",
    "x-c": "••••",
  });
  await writes("Hello");
  await projected(org);
  await eventually(async () => expect(receiver.got).toHaveLength(1));
  expect(receiver.got[0]!.headers).toMatchObject({ "x-key": "gateway-secret-1", "x-c": "new" });
  expect(receiver.got[0]!.headers).not.toHaveProperty("x-b");
  for (const headers of [{ "Webhook-Id": "1" }, { host: "a" }, { "a b": "c" }, { a: "x\r\ny: z" }, { "x-new": "••••" }])
    expect((await patch({ headers })).status, JSON.stringify(headers)).toBe(422);
});

it("keeps a header's new value while another call keeps it masked", async () => {
  const { org, receiver, webhook, patch } = await shop({ headers: { "x-key": "0" } });
  for (let i = 1; i <= 10; i++) {
    const answers = await Promise.all([
      patch({ headers: { "x-key": String(i) } }),
      patch({ headers: { "x-key": "••••", "x-i": String(i) } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await org.call("POST", `/api/webhooks/${webhook.id}/test`, {});
    expect(receiver.got.at(-1)!.headers["x-key"]).toBe(String(i));
  }
});

it("sends ids and a link where the whole would be too much", async () => {
  const { org, receiver, writes } = await shop();
  const from = phone();
  await writes("x".repeat(30_000), from);
  await projected(org);
  await eventually(async () => expect(receiver.got).toHaveLength(1));
  const { id } = await conversationWith(org, from);
  expect(receiver.got[0]!.payload.data).toEqual({
    seq: expect.any(Number),
    conversation_id: id,
    message_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    url: `http://app.test/api/conversations/${id}/messages`,
    is_thin: true,
  });
});

it("keeps deliveries for 30 days, and deletes those of a deleted webhook", async () => {
  const { org, receiver, webhook, writes } = await shop();
  // Its session ends before.
  const key = await org.apiKey(org.agentId);
  await writes("Old");
  await projected(org);
  await eventually(async () => expect(await deliveriesOf(org, webhook, "&status=success")).toHaveLength(1));
  const countIn = async (table: string): Promise<number> =>
    (await org.tenantDb
      .prepare(`SELECT count(*) AS n FROM ${table} WHERE org_id = ?`)
      .bind(org.id)
      .first<{ n: number }>())!.n;
  later(29 * DAY);
  await minute();
  expect(await countIn("webhook_deliveries")).toBe(1);
  later(2 * DAY);
  await minute();
  expect([await countIn("webhook_deliveries"), await countIn("webhook_days")]).toEqual([0, 0]);
  clock.now = realNow;
  receiver.answer = () => new Response("", { status: 500 });
  await writes("New");
  await projected(org);
  await eventually(async () => expect(await deliveriesOf(key, webhook, "&status=failed")).toHaveLength(1));
  expect((await key.call("DELETE", `/api/webhooks/${webhook.id}`)).status).toBe(200);
  const { length } = receiver.got;
  later(HOUR);
  await minute();
  for (const table of ["webhook_deliveries", "webhook_days", "deleted_webhooks"]) expect(await countIn(table)).toBe(0);
  expect(receiver.got).toHaveLength(length);
});

it("documents every type with an example that follows its schema", async () => {
  const org = await organization();
  const { body: types } = await org.call("GET", "/api/webhooks/events");
  const { body: document } = await org.call("GET", "/openapi.json");
  expect(types.map(({ type }: any) => type)).toEqual(expect.arrayContaining(SUBSCRIBABLE_TYPES as string[]));
  for (const { type, schema, example } of types) {
    expect(Object.keys(document.webhooks)).toContain(type);
    expect(document.components.schemas).toHaveProperty(schema.$ref.split("/").at(-1));
    expect([type, schemaOf(type).safeParse(example).error]).toEqual([type, undefined]);
  }
});

const alarmOf = (org: Org, { id }: { id: string }): Promise<number | null> =>
  runInDurableObject(env.ENDPOINT.getByName(`${org.id}:${id}`), (_, { storage }) => storage.getAlarm());

it("rests while the endpoint is busy, though much is due, and remembers it over a restart", async () => {
  const { org, receiver, webhook, patch } = await shop({ max_per_second: 1000 });
  receiver.answer = () => new Response("", { status: 503, headers: { "retry-after": "600" } });
  await due(
    org,
    webhook,
    Array.from({ length: 300 }, () => crypto.randomUUID()),
  );
  await minute();
  await eventually(async () => expect((await alarmOf(org, webhook)) ?? 0).toBeGreaterThan(clock.now() + 9 * MINUTE));
  const { length } = receiver.got;
  expect(length).toBeLessThanOrEqual(8);
  await evictDurableObject(env.ENDPOINT.getByName(`${org.id}:${webhook.id}`));
  await minute();
  await eventually(async () => expect((await alarmOf(org, webhook)) ?? 0).toBeGreaterThan(clock.now() + 9 * MINUTE));
  expect(receiver.got).toHaveLength(length);
  const other = new Receiver();
  await patch({ url: other.url });
  await eventually(async () => expect(other.got).toHaveLength(300 - length));
});

it("lets no conversation's backlog delay the others", async () => {
  const { org, receiver, webhook } = await shop({ max_per_second: 1000 });
  receiver.answer = async ({ payload }) => {
    await new Promise((resolve) => setTimeout(resolve, payload.data.entity === "many" ? 20 : 0));
    return new Response("taken");
  };
  await due(org, webhook, [...Array.from({ length: 250 }, () => "many"), ...Array.from({ length: 20 }, phone)]);
  await minute();
  await eventually(async () => expect(receiver.got).toHaveLength(270), 20);
  const order = receiver.got.map(({ payload }) => payload.data);
  expect(order.findLastIndex(({ entity }) => entity !== "many")).toBeLessThan(60);
  const many = order.filter(({ entity }) => entity === "many").map(({ i }) => i);
  expect(many).toEqual(many.toSorted((a, b) => a - b));
});

it("keeps a conversation's order when its retry was due for long, as after a standstill", async () => {
  const { org, receiver, webhook } = await shop();
  await due(org, webhook, ["one", "one", "one", "one"]);
  const now = clock.now();
  for (const [i, [attempt, at]] of [
    [1, 40],
    [0, 50],
    [0, 45],
    [0, 20],
  ].entries())
    await org.tenantDb
      .prepare(
        "UPDATE webhook_deliveries SET attempt = ?3, status = iif(?3 = 0, 'pending', 'failed'), next_at = ?4 WHERE org_id = ?1 AND webhook_id = ?2 AND body ->> '$.data.i' = ?5",
      )
      .bind(org.id, webhook.id, attempt, now - at! * SECOND, i)
      .run();
  await minute();
  await eventually(async () => expect(receiver.got.map(({ payload }) => payload.data.i)).toEqual([0, 1, 2, 3]));
});

it("records many long answers in parameters that D1 takes", async () => {
  const { org, receiver, webhook } = await shop({ max_per_second: 1000 });
  receiver.answer = () => new Response(new Uint8Array(20_000).fill(1));
  await due(
    org,
    webhook,
    Array.from({ length: 60 }, () => crypto.randomUUID()),
  );
  // Locally D1 does not enforce its limit.
  const bind = vi.spyOn(Object.getPrototypeOf(org.tenantDb.prepare("SELECT 1")) as D1PreparedStatement, "bind");
  await minute();
  await eventually(async () =>
    expect((await deliveriesOf(org, webhook, "&status=success")).length).toBeGreaterThanOrEqual(60),
  );
  expect(receiver.got).toHaveLength(60);
  const sizes = bind.mock.calls.flat().map((value) => Buffer.byteLength(String(value)));
  expect(Math.max(...sizes)).toBeGreaterThan(90_000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000_000);
});

it("ends a run after some hundred requests, since calls of an invocation are limited, and goes on by its alarm", async () => {
  const { org, receiver, webhook } = await shop({ max_per_second: 1000 });
  await due(
    org,
    webhook,
    Array.from({ length: 1200 }, () => crypto.randomUUID()),
  );
  const alarms = vi.spyOn(EndpointObject.prototype, "alarm");
  await minute();
  await eventually(async () => expect(receiver.got).toHaveLength(1200), 20);
  expect(alarms.mock.calls.length).toBeGreaterThanOrEqual(2);
});

it("stores nothing in the object of an endpoint that has no retry before it", async () => {
  const { org, receiver, webhook, writes } = await shop();
  const stored = (): Promise<number> =>
    runInDurableObject(
      env.ENDPOINT.getByName(`${org.id}:${webhook.id}`),
      async (_, { storage }) => (await storage.list()).size,
    );
  await writes("Hello");
  await eventually(async () => expect(await deliveriesOf(org, webhook, "&status=success")).toHaveLength(1));
  expect(await stored()).toBe(0);
  receiver.answer = () => new Response("", { status: 500 });
  await writes("Fails");
  await eventually(async () => expect(await stored()).toBe(1));
  await org.call("DELETE", `/api/webhooks/${webhook.id}`);
  await runDurableObjectAlarm(env.ENDPOINT.getByName(`${org.id}:${webhook.id}`));
  expect(await stored()).toBe(0);
});
