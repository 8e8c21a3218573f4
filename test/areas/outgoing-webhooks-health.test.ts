import { afterEach, expect, it, vi } from "vitest";
import { clock, DAY, MINUTE, SECOND } from "../../src/kit/clock";
import { eventually, type Org, phone, projected } from "../harness";
import { due, hang, shop, wake } from "./receiver";

vi.setConfig({ testTimeout: 30_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const entities = (count: number): string[] => Array.from({ length: count }, () => crypto.randomUUID());
const statisticsOf = async (org: Org, { id }: { id: string }): Promise<any> =>
  (await org.call("GET", `/api/webhooks/${id}/statistics?days=30`)).body;
const listed = async (org: Org, { id }: { id: string }): Promise<any> =>
  (await org.call("GET", "/api/webhooks")).body.find((one: any) => one.id === id);

it("tells in one answer how an endpoint does, and what came back last", async () => {
  const { org, receiver, webhook, writes, patch } = await shop();
  expect(await statisticsOf(org, webhook)).toMatchObject({
    state: "healthy",
    disabled_reason: null,
    last_success: null,
    last_failure: null,
    next_attempt_at: null,
    gives_up_at: null,
    max_per_second: 50,
    lanes: [
      { lane: "live", waiting: 0, oldest_event_at: null, next_due_at: null },
      { lane: "bulk", waiting: 0, oldest_event_at: null, next_due_at: null },
    ],
    days: [],
  });
  receiver.answer = () => new Response("a".repeat(3000), { status: 201 });
  await writes("Works");
  await projected(org);
  const healthy = await eventually(async () => {
    const now = await statisticsOf(org, webhook);
    expect(now.last_success).toMatchObject({ http_status: 201, error_message: null, delivery_id: receiver.got[0]!.id });
    return now;
  });
  expect(healthy.last_success.response_body).toBe("a".repeat(1000));
  receiver.answer = () => new Response("the database is down", { status: 500 });
  await writes("Fails");
  await projected(org);
  const failing = await eventually(async () => {
    const now = await statisticsOf(org, webhook);
    expect(now.state).toBe("failing");
    return now;
  });
  expect(failing).toMatchObject({
    consecutive_failures: 1,
    last_success: healthy.last_success,
    last_failure: {
      delivery_id: receiver.got[1]!.id,
      http_status: 500,
      error_message: "Answered 500",
      response_body: "the database is down",
      duration_ms: expect.any(Number),
    },
    waiting: 1,
    lanes: [{ waiting: 1 }, { waiting: 0 }],
    days: [{ attempts: 2, successes: 1, failures: 1, dead: 0 }],
  });
  const [live] = failing.lanes;
  expect(live.oldest_event_at).toBe(receiver.got[1]!.payload.timestamp);
  expect(live.next_due_at).toBe(failing.next_attempt_at);
  expect(Date.parse(failing.next_attempt_at)).toBeGreaterThan(clock.now());
  expect(Date.parse(failing.gives_up_at) - Date.parse(failing.failing_since)).toBe(5 * DAY);
  // The list says the same.
  expect(await listed(org, webhook)).toMatchObject({ state: "failing", gives_up_at: failing.gives_up_at });

  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "600" } });
  await writes("Too much");
  await projected(org);
  const resting = await eventually(async () => {
    const now = await statisticsOf(org, webhook);
    expect(now.state).toBe("resting");
    return now;
  });
  // The first retry was due before.
  expect(resting.next_attempt_at).toBe(resting.resting_until);
  expect(Math.abs(Date.parse(resting.resting_until) - clock.now() - 10 * MINUTE)).toBeLessThan(10 * SECOND);

  const off = await patch({ is_active: false });
  expect(off.body).toMatchObject({ state: "disabled", disabled_reason: null, resting_until: null, gives_up_at: null });
  expect(await statisticsOf(org, webhook)).toMatchObject({
    state: "disabled",
    disabled_at: off.body.disabled_at,
    next_attempt_at: null,
    waiting: 2,
  });
  receiver.answer = () => new Response("taken");
  expect((await patch({ is_active: true })).body).toMatchObject({
    state: "healthy",
    disabled_at: null,
    failing_since: null,
    resting_until: null,
  });
  clock.now = () => realNow() + 15 * MINUTE;
  await wake(org, webhook);
  await eventually(async () =>
    expect(await statisticsOf(org, webhook)).toMatchObject({ state: "healthy", waiting: 0, next_attempt_at: null }),
  );
});

it("tells that a 410 has switched it off, when, and with which answer", async () => {
  const { org, receiver, webhook, writes } = await shop();
  receiver.answer = () => new Response("moved for good", { status: 410 });
  await writes("Gone");
  await projected(org);
  await eventually(async () =>
    expect(await statisticsOf(org, webhook)).toMatchObject({
      state: "disabled",
      disabled_reason: "gone",
      disabled_at: expect.any(String),
      last_failure: { http_status: 410, response_body: "moved for good" },
      days: [{ dead: 1 }],
    }),
  );
});

it("counts what waits in each lane no further than a thousand", async () => {
  const { org, receiver, webhook } = await shop();
  receiver.answer = hang;
  await due(org, webhook, entities(3), 0);
  await due(org, webhook, entities(1200), 1);
  const now = await statisticsOf(org, webhook);
  expect(now).toMatchObject({ waiting: 1003, lanes: [{ waiting: 3 }, { lane: "bulk", waiting: 1000 }] });
  for (const { oldest_event_at: at, next_due_at: dueAt } of now.lanes) {
    expect(Math.abs(Date.parse(at) - clock.now())).toBeLessThan(10 * SECOND);
    expect(dueAt).toBe(at);
  }
});

/** The most starts within any second. */
const mostInASecond = (times: readonly number[]): number =>
  Math.max(...times.map((at, i) => times.slice(i).filter((later) => later - at < SECOND).length));

it("sends no more in a second than the webhook takes, and as many as that", async () => {
  const { org, receiver, webhook, patch } = await shop({ max_per_second: 20 });
  await due(org, webhook, entities(60));
  await wake(org, webhook);
  await eventually(async () => expect(receiver.got).toHaveLength(60), 20);
  const times = receiver.got.map(({ at }) => at);
  expect(mostInASecond(times)).toBeLessThanOrEqual(21);
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(2800);
  // Evenly, not in bursts: each tenth of a second has some.
  expect(mostInASecond(times.map((at) => at * 10))).toBeLessThanOrEqual(4);
  expect((await patch({ max_per_second: 1000 })).body.max_per_second).toBe(1000);
  await due(org, webhook, entities(60));
  const startedAt = Date.now();
  await wake(org, webhook);
  await eventually(async () => expect(receiver.got).toHaveLength(120), 20);
  expect(Date.now() - startedAt).toBeLessThan(2500);
});

it("lets what is sent in bulk delay no live event, though its backlog lasts", async () => {
  const { org, receiver, webhook, writes } = await shop({ max_per_second: 20 });
  await due(org, webhook, entities(150), 1);
  await wake(org, webhook);
  await eventually(async () => expect(receiver.got.length).toBeGreaterThan(5));
  for (const text of ["first", "second", "third"]) {
    const sentAt = Date.now();
    await writes(text, phone());
    await projected(org);
    await eventually(async () => expect(receiver.texts()).toContain(text));
    expect(Date.now() - sentAt).toBeLessThan(1000);
  }
  expect(receiver.got.length).toBeLessThan(150);
  await eventually(async () => expect(receiver.got).toHaveLength(153), 20);
});

it("writes figures once a second and loses nothing, however often it is woken", { timeout: 90_000 }, async () => {
  const { org, receiver, webhook } = await shop();
  const writes = async (): Promise<number | null> =>
    org.tenantDb.prepare("SELECT n FROM webhook_writes WHERE webhook_id = ?1").bind(webhook.id).first<number>("n");
  const trigger = `count_${webhook.id.replaceAll("-", "_")}`;
  await org.tenantDb.batch([
    org.tenantDb.prepare("CREATE TABLE IF NOT EXISTS webhook_writes (webhook_id TEXT PRIMARY KEY, n INTEGER NOT NULL)"),
    org.tenantDb.prepare(
      `CREATE TRIGGER ${trigger} AFTER UPDATE OF last_triggered_at ON webhooks WHEN NEW.id = '${webhook.id}' BEGIN
         INSERT INTO webhook_writes VALUES (NEW.id, 1) ON CONFLICT DO UPDATE SET n = n + 1; END`,
    ),
  ]);
  const startedAt = Date.now();
  for (let i = 0; i < 25; i++) {
    await due(org, webhook, entities(1));
    await wake(org, webhook);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await eventually(async () =>
    expect((await org.call("GET", `/api/webhooks/${webhook.id}/statistics`)).body).toMatchObject({
      successes: 25,
      waiting: 0,
    }),
  );
  expect(receiver.got).toHaveLength(25);
  expect(await writes()).toBeLessThanOrEqual(2 + Math.ceil((Date.now() - startedAt) / SECOND));
  await org.tenantDb.batch([
    org.tenantDb.prepare(`DROP TRIGGER ${trigger}`),
    org.tenantDb.prepare("DROP TABLE webhook_writes"),
  ]);
});

it("goes on at its rate when the clock is set back", async () => {
  const { org, receiver, webhook } = await shop({ max_per_second: 50 });
  clock.now = () => realNow() + DAY;
  await due(org, webhook, entities(1));
  await wake(org, webhook);
  await eventually(async () => expect(receiver.got).toHaveLength(1));
  clock.now = realNow;
  await due(org, webhook, entities(10));
  await wake(org, webhook);
  await eventually(async () => expect(receiver.got).toHaveLength(11));
});

it("refuses rates that are none", async () => {
  const { org, patch } = await shop();
  for (const rate of [0, -1, 1001, 1.5, "50", null]) {
    expect([rate, (await patch({ max_per_second: rate })).status]).toEqual([rate, 422]);
    const made = { name: "n", url: "https://example.com/", events: ["contact.created"], max_per_second: rate };
    expect([rate, (await org.call("POST", "/api/webhooks", made)).status]).toEqual([rate, 422]);
  }
});
