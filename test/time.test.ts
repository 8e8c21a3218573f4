import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { stopOf } from "../src/domain/sla";
import { publicContext } from "../src/app";
import { elapsedSecs, nextDue, planOf, type Policy } from "../src/areas/sla/plan";
import { Calendar, type WeeklyHours } from "../src/kit/calendar";
import { channelWindow, windowStatusAt } from "../src/domain/window";
import { everyMinute } from "./minute";
import { clock, DAY, HOUR, MINUTE } from "../src/kit/clock";
import { type Caller, conversationWith, customerWrites, eventually, type Org, organization, phone } from "./harness";
import { FULL, volume } from "./volume";
import { SlowClock } from "./slow-clock";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

/**
 * A year of a tenant who works in Berlin until the middle of June and in New York from then on: the clocks go forward in March and
 * back in November. Everything is compared with a calculation that looks at each minute on the wall and shares nothing with the
 * product's.
 */

const MOVES_AT = Date.parse("2027-06-15T15:00:00Z");
const zoneAt = (at: number): string => (at < MOVES_AT ? "Europe/Berlin" : "America/New_York");
const hours = (dayOfWeek: number, start: string, end: string): WeeklyHours => ({
  dayOfWeek,
  start,
  end,
  isActive: true,
});
/** Weekdays with a break, and a night shift over Saturday's midnight, in which the clocks are changed. */
const WEEK = [
  ...[1, 2, 3, 4, 5].flatMap((day) => [hours(day, "09:00", "12:30"), hours(day, "13:15", "17:30")]),
  hours(6, "22:00", "04:00"),
];
const slow = Object.fromEntries(["Europe/Berlin", "America/New_York"].map((zone) => [zone, new SlowClock(zone, WEEK)]));

/** Numbers without a pattern, and the same in each run. */
let seed = 20_261_124;
const random = (below: number): number => ((seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) >> 4) % below;

describe("a year of clocks, purely", () => {
  const policy: Policy = {
    id: "p",
    name: "Standard",
    first_response_time_secs: 2 * 3600,
    resolution_time_secs: 9 * 3600,
    warning_threshold_pct: 75,
    priority: 0,
    channel: null,
    division_id: null,
    is_default: 1,
    created_at: 0,
  };
  const year = (): number => Date.parse("2027-01-01T00:00:00Z") + random(365 * 24 * 60) * MINUTE + random(60_000);

  it("deadlines, warnings and elapsed time of many cycles", () => {
    for (let i = 0; i < volume(1500); i++) {
      const openedAt = year();
      const zone = zoneAt(openedAt);
      const facts = {
        openedAt,
        firstInboundAt: openedAt - random(5000),
        firstResponseAt: random(3) ? openedAt + random(6 * DAY) : null,
        resolvedAt: random(3) ? openedAt + 6 * DAY + random(DAY) : null,
      };
      const calendar = new Calendar(zone, WEEK);
      const plan = planOf(policy, facts, calendar)!;
      const [first, last] = [plan.firstResponse!, plan.resolution!];
      const hint = `${zone} ${new Date(openedAt).toISOString()}`;
      expect([first.warnAt, first.dueAt], hint).toEqual(
        [1.5, 2].map((n) => slow[zone]!.addWorkingMs(facts.firstInboundAt, n * HOUR)),
      );
      expect([last.warnAt, last.dueAt], hint).toEqual(
        [6.75, 9].map((n) => slow[zone]!.addWorkingMs(openedAt, n * HOUR)),
      );
      const now = openedAt + random(9 * DAY);
      for (const [type, start] of [
        ["first_response", facts.firstInboundAt],
        ["resolution", openedAt],
      ] as const) {
        expect(elapsedSecs(facts, type, calendar, now), hint).toBe(
          Math.floor(slow[zone]!.workingMsBetween(start, stopOf(facts, type) ?? now) / 1000),
        );
      }
      const dues = [
        ...(facts.firstResponseAt === null && facts.resolvedAt === null ? [first.warnAt!, first.dueAt! + 1] : []),
        ...(facts.resolvedAt === null ? [last.warnAt!, last.dueAt! + 1] : []),
      ].filter((at) => at > now);
      expect(nextDue(plan, facts, now), hint).toBe(dues.length === 0 ? null : Math.min(...dues));
    }
  });

  it("whether it is open at many moments, and when that changes at some of them", () => {
    for (let i = 0; i < volume(20_000); i++) {
      const at = year();
      expect(new Calendar(zoneAt(at), WEEK).isOpen(at)).toBe(slow[zoneAt(at)]!.isOpen(at));
      if (i % 67 === 0)
        expect(new Calendar(zoneAt(at), WEEK).nextChange(at)).toBe(slow[zoneAt(at)]!.nextChange(at, 4 * DAY));
    }
  });

  it("windows, which know no timezone: a day is 24 hours in spring too", () => {
    const rule = channelWindow("whatsapp");
    for (let i = 0; i < volume(20_000); i++) {
      const [wrote, later] = [year(), random(30 * 60) * MINUTE];
      const status = later >= 24 * 60 * MINUTE ? "expired" : later >= 23 * 60 * MINUTE ? "expiring" : "open";
      expect(windowStatusAt(wrote, rule, wrote + later)).toBe(status);
    }
  });
});

describe("the same year through the door, with the minute that may not come or come twice", () => {
  const realNow = clock.now;
  const at = (ms: number): void => void (clock.now = () => ms);
  afterAll(() => void (clock.now = realNow));
  const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
  const [FIRST, WHOLE, WARNS] = [2 * HOUR, 5 * HOUR, 0.8];

  let org: Org;
  /** Sessions end after a week. */
  let key: Caller;
  let phoneNumberId: string;
  let policyId: string;
  beforeAll(async () => {
    org = await organization();
    ({ phoneNumberId } = await org.connect());
    await org.call("PUT", "/api/settings/timezone", { timezone: "Europe/Berlin" });
    await org.call(
      "PUT",
      "/api/working-hours",
      WEEK.map(({ dayOfWeek, start, end }) => ({ day_of_week: dayOfWeek, start_time: start, end_time: end })),
    );
    await org.call("PUT", "/api/chat-expiration/whatsapp", { auto_resolve: false, block_text_after_window: false });
    const made = await org.call("POST", "/api/sla/policies", {
      name: "Standard",
      first_response_time_secs: FIRST / 1000,
      resolution_time_secs: WHOLE / 1000,
    });
    policyId = made.body.id;
    key = await org.apiKey(org.agentId);
  });

  interface Talk {
    opens: string;
    /** After how much time somebody answers, and resolves; left out: nobody does. */
    answers?: number;
    resolves?: number;
    /** The minute does not come for an hour after each deadline. */
    sleeps?: true;
    /** The tenant moves while it is open. */
    moves?: true;
  }
  const TALKS: Talk[] = [
    { opens: "2027-01-12T08:10:00Z", answers: 90 * MINUTE, resolves: 3 * HOUR },
    { opens: "2027-02-05T16:00:00Z", answers: 4 * DAY, resolves: 4 * DAY + HOUR },
    // Through the night in which the clocks go forward.
    { opens: "2027-03-27T20:30:00Z", answers: 3 * HOUR + 10 * MINUTE, sleeps: true },
    { opens: "2027-04-10T19:59:00Z", resolves: 12 * DAY },
    { opens: "2027-06-15T13:00:00Z", answers: 26 * HOUR, resolves: 30 * HOUR, moves: true },
    { opens: "2027-07-16T20:00:00Z", resolves: 5 * DAY, sleeps: true },
    { opens: "2027-09-07T13:00:00Z", answers: 30 * MINUTE, resolves: 2 * DAY },
    // And back.
    { opens: "2027-11-07T00:30:00Z", answers: 6 * HOUR, resolves: 8 * HOUR },
    { opens: "2027-12-24T21:00:00Z", answers: 5 * DAY, sleeps: true },
  ];

  interface Clock {
    start: number;
    allowed: number;
    status: string;
    stoppedAt: number | null;
    breachedDue?: number;
  }

  const due = (one: Clock, share: number, zone: string): number =>
    slow[zone]!.addWorkingMs(one.start, one.allowed * share);

  /** Looks at a clock, or stops it. */
  function judge(one: Clock, now: number, zone: string, stops: boolean): void {
    if (one.stoppedAt !== null) return;
    if (stops) one.stoppedAt = now;
    if (one.status === "breached") return;
    if (now > due(one, 1, zone)) Object.assign(one, { status: "breached", breachedDue: due(one, 1, zone) });
    else if (stops) one.status = "met";
    else one.status = now >= due(one, WARNS, zone) ? "warning" : "active";
  }

  let breachedElsewhere = "";
  const expectedBreaches: [string, string, number, number][] = [];

  // One of each kind; two changes of the clocks and a move are among them.
  const PART = new Set([
    "2027-02-05T16:00:00Z",
    "2027-03-27T20:30:00Z",
    "2027-06-15T13:00:00Z",
    "2027-11-07T00:30:00Z",
  ]);
  const talks = TALKS.filter(({ opens }) => FULL || PART.has(opens));

  it.each(talks.map((talk) => [talk.opens, talk] as const))("%s", async (opens, talk) => {
    const opened = Date.parse(opens);
    at(opened);
    const from = phone();
    await customerWrites(phoneNumberId, from, "Hello", { at: opened });
    const { id } = await eventually(() => conversationWith(key, from));
    await eventually(async () =>
      expect((await key.call("GET", `/api/conversations/${id}`)).body.sla_status).toBe("active"),
    );

    const first: Clock = { start: opened, allowed: FIRST, status: "active", stoppedAt: null };
    const whole: Clock = { start: opened, allowed: WHOLE, status: "active", stoppedAt: null };
    // The minute before and after everything that is due, by the timezone before and after the move.
    const zones = talk.moves ? ["Europe/Berlin", "America/New_York"] : [zoneAt(opened)];
    const instants = [
      ...zones.flatMap((zone) => [
        due(first, WARNS, zone),
        due(first, 1, zone) + 1,
        due(whole, WARNS, zone),
        due(whole, 1, zone) + 1,
      ]),
      opened + 23 * HOUR,
      opened + 24 * HOUR,
    ].filter((instant) => instant > opened);
    type Step = [number, "look" | "answer" | "resolve" | "move"];
    const steps: Step[] = instants.flatMap((instant): Step[] => {
      const next = Math.ceil(instant / MINUTE) * MINUTE;
      return [
        [next - MINUTE, "look"],
        [next + (talk.sleeps ? HOUR : 0), "look"],
      ];
    });
    if (talk.answers !== undefined) steps.push([opened + talk.answers, "answer"]);
    if (talk.resolves !== undefined) steps.push([opened + talk.resolves, "resolve"]);
    if (talk.moves) steps.push([MOVES_AT, "move"]);
    let zone = zones[0]!;
    let isWindow = "open";
    for (const [now, what] of steps.filter(([when]) => when > opened).toSorted((a, b) => a[0] - b[0])) {
      at(now);
      if (what === "look") {
        await Promise.all([minute(), minute()]);
        judge(first, now, zone, false);
        judge(whole, now, zone, false);
        if (whole.stoppedAt === null)
          isWindow = now - opened >= 24 * HOUR ? "expired" : now - opened >= 23 * HOUR ? "expiring" : "open";
      } else if (what === "answer") {
        expect(
          (await key.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: "Yes" } }))
            .status,
        ).toBe(201);
        judge(first, now, zone, true);
      } else if (what === "resolve") {
        await key.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
        judge(first, now, zone, true);
        judge(whole, now, zone, true);
      } else {
        await key.call("PUT", "/api/settings/timezone", { timezone: "America/New_York" });
        zone = "America/New_York";
        // Others follow within a minute.
        at(now + MINUTE);
        await minute();
        judge(first, now + MINUTE, zone, false);
        judge(whole, now + MINUTE, zone, false);
      }
      const hint = `${new Date(now).toISOString()} ${what}`;
      const { body: sla } = await key.call("GET", `/api/conversations/${id}/sla`);
      expect([sla.frt_status, sla.resolution_status], hint).toEqual([first.status, whole.status]);
      const elapsed = (one: Clock): number =>
        Math.floor(slow[zone]!.workingMsBetween(one.start, one.stoppedAt ?? clock.now()) / 1000);
      expect([sla.frt_elapsed_secs, sla.resolution_elapsed_secs], hint).toEqual([elapsed(first), elapsed(whole)]);
      const { body: conversation } = await key.call("GET", `/api/conversations/${id}`);
      const worse = ["breached", "warning", "active", "met"].find((status) =>
        [first.status, whole.status].includes(status),
      );
      expect([conversation.sla_status, conversation.window_status], hint).toEqual([worse, isWindow]);
    }
    // Whoever is not done with it is at the year's end; then all is written.
    if (whole.stoppedAt === null) {
      const end = clock.now() + 3 * DAY;
      at(end);
      await key.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
      judge(first, end, zone, true);
      judge(whole, end, zone, true);
    }
    at(clock.now() + 5 * MINUTE);
    await eventually(minute);
    for (const [type, one] of [
      ["first_response", first],
      ["resolution", whole],
    ] as const)
      if (one.breachedDue !== undefined)
        expectedBreaches.push([
          id,
          type,
          one.breachedDue,
          Math.floor(slow[zone]!.workingMsBetween(one.start, one.stoppedAt!) / 1000),
        ]);
  });

  it("sends what is scheduled in the minute of its time, and ends surveys to the millisecond, over a change of the clocks", async () => {
    // Fourteen days later the clocks are an hour further back.
    const asked = Date.parse("2027-10-25T05:30:20.123Z");
    at(asked);
    const from = phone();
    await customerWrites(phoneNumberId, from, "Hello", { at: asked });
    const { id } = await eventually(() => conversationWith(key, from));
    const scheduled = { type: "text", content: { text: "Good morning" }, scheduled_at: "2027-10-31T01:30:30.000Z" };
    expect((await key.call("POST", `/api/conversations/${id}/scheduled-messages`, scheduled)).status).toBe(201);
    expect((await key.call("POST", `/api/conversations/${id}/csat`, {})).status).toBe(201);
    const sent = async (): Promise<number> =>
      (await key.call("GET", `/api/conversations/${id}/messages`)).body.messages.filter(
        (m: any) => m.content.text === "Good morning",
      ).length;
    const survey = async (): Promise<string> => {
      const row = await org.tenantDb
        .prepare("SELECT status FROM csat_surveys WHERE org_id = ? AND conversation_id = ?")
        .bind(org.id, id)
        .first<{ status: string }>();
      return row!.status;
    };
    at(Date.parse("2027-10-31T01:30:00Z"));
    await minute();
    expect(await sent()).toBe(0);
    at(Date.parse("2027-10-31T01:31:00Z"));
    await Promise.all([minute(), minute()]);
    await minute();
    expect(await sent()).toBe(1);
    at(asked + 14 * DAY - 1);
    await minute();
    expect(await survey()).not.toBe("expired");
    at(asked + 14 * DAY);
    await Promise.all([minute(), minute()]);
    expect(await survey()).toBe("expired");
    at(asked + 15 * DAY);
    await key.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
    const { body } = await key.call("GET", `/api/sla/policies/${policyId}/breaches?limit=100`);
    breachedElsewhere = id;
    expect(body.data.map((b: any) => b.conversation_id)).toContain(id);
  });

  it("leaves exactly the breaches that the slow calculation has", async () => {
    await eventually(async () => {
      await minute();
      const { body } = await key.call("GET", `/api/sla/policies/${policyId}/breaches?limit=100`);
      const found = body.data
        .filter((b: any) => b.conversation_id !== breachedElsewhere)
        .map((b: any) => [b.conversation_id, b.breach_type, Date.parse(b.breached_at), b.actual_secs]);
      expect(found.map(String).sort()).toEqual(expectedBreaches.map(String).sort());
    });
    expect(expectedBreaches.length).toBeGreaterThan(FULL ? 5 : 2);
  });
});
