import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { projectConversations } from "../../queues/project";
import { coverOf } from "../../src/kit/day-cover";
import { BOUNDS_SECONDS, COLUMNS } from "../../src/areas/analytics/metrics";
import { type Projection, project } from "../../src/effects/projection";
import { publicContext } from "../../src/app";
import { clock, DAY, HOUR, MINUTE, SECOND } from "../../src/kit/clock";
import { addDays, daysFrom } from "../../src/kit/day";
import { conversationIdOf } from "../../src/domain/ids";
import {
  type Answer,
  type Caller,
  customerWrites,
  eventually,
  login,
  type Org,
  organization,
  phone,
  projected,
  unprojected,
} from "../harness";
import { volume } from "../volume";
import { division } from "../tenant";

vi.setConfig({ testTimeout: 120_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

interface ConversationObject {
  inspect(): Promise<any>;
}
const objectOf = (org: Org, id: string) =>
  env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as ConversationObject;
const atRest = (org: Org, id: string): Promise<void> =>
  eventually(async () => {
    await projected(org, id);
    const now = await objectOf(org, id).inspect();
    if (now.projected < now.seq || now.counts.outgoing > 0) throw new Error(`not at rest: ${JSON.stringify(now)}`);
  }, 30);
const rowsRead = ({ headers }: Answer): number =>
  Number(/d1_rows_read;desc="(\d+)"/.exec(headers.get("server-timing")!)![1]);

/** mulberry32: the same month whenever the seed is the same. */
function dice(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    below: (n: number): number => Math.floor(next() * n),
    of: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
  };
}

/** One thing that was done, as whoever did it would write it down. */
interface Deed {
  at: number;
  kind: "received" | "sent" | "assigned" | "resolved" | "reopened" | "moved";
  /** The sender, or the new assignee. */
  agent?: string | null;
  division?: string;
}

interface Thread {
  id: string;
  from: string;
  account: { id: string; phoneNumberId: string };
  deeds: Deed[];
}

/** An expected figure, worked out from the notes of one conversation after the other and not as the product does it. */
interface Fact {
  at: number;
  what: "new" | "reopened" | "resolved" | "assigned" | "received" | "sent" | "first";
  account: string;
  agent: string | null;
  division: string | null;
  seconds?: number;
}

interface Now {
  status: string;
  agent: string | null;
}

function factsOf({ deeds, account }: Thread): { facts: Fact[]; now: Now } {
  const facts: Fact[] = [];
  let agent: string | null = null;
  let group: string | null = null;
  let status = "none";
  let began = 0;
  let asked: number | null = null;
  let answered = false;
  const note = (what: Fact["what"], at: number, of: string | null = agent, seconds?: number): void =>
    void facts.push({
      at,
      what,
      account: account.id,
      agent: of,
      division: group,
      ...(seconds !== undefined && { seconds }),
    });
  const begin = (at: number): void => {
    note(status === "none" ? "new" : "reopened", at);
    [status, began, asked, answered] = ["open", at, null, false];
  };
  for (const deed of deeds) {
    const { at } = deed;
    switch (deed.kind) {
      case "received":
        if (status === "none" || status === "resolved") begin(at);
        if (!answered) asked ??= at;
        note("received", at);
        break;
      case "sent":
        if (status === "resolved") begin(at);
        status = "open";
        // An agent who answers a waiting conversation gets it.
        if (agent === null && group !== null) {
          agent = deed.agent!;
          note("assigned", at);
        }
        note("sent", at, deed.agent);
        if (asked !== null && !answered) {
          note("first", at, deed.agent, (at - asked) / SECOND);
          answered = true;
        }
        break;
      case "reopened":
        if (status === "resolved") begin(at);
        status = "open";
        break;
      case "resolved":
        if (status === "resolved") break;
        note("resolved", at, agent, (at - began) / SECOND);
        status = "resolved";
        break;
      case "moved":
      case "assigned": {
        const before: string | null = agent;
        const moved = deed.division !== undefined && deed.division !== group;
        agent = deed.agent ?? null;
        group = deed.division ?? group;
        if (agent !== null && agent !== before) {
          note("assigned", at);
          if (status === "pending") status = "open";
        }
        // It waits in the division's queue.
        if (agent === null && group !== null && status === "open" && (before !== null || moved)) status = "pending";
        break;
      }
    }
  }
  return { facts, now: { status, agent } };
}

const NAMES = {
  new: "conversations_new",
  reopened: "conversations_reopened",
  resolved: "conversations_resolved",
  assigned: "conversations_assigned",
  received: "messages_received",
  sent: "messages_sent",
  first: "first_responses",
} as const;

/** Compares figures that were answered with facts: counts and means exactly, medians within the bound that they are known to. */
function expectFigures(answered: any, facts: readonly Fact[], hint: string): void {
  const counts = Object.fromEntries(
    Object.entries(NAMES).map(([what, name]) => [name, facts.filter((fact) => fact.what === what).length]),
  );
  expect(Object.fromEntries(Object.keys(counts).map((name) => [name, answered[name]])), hint).toEqual(counts);
  for (const [what, name] of [
    ["first", "first_response"],
    ["resolved", "resolution"],
  ]) {
    const times = facts
      .filter((fact) => fact.what === what)
      .map((fact) => Math.round(fact.seconds!))
      .toSorted((a, b) => a - b);
    if (times.length === 0) {
      for (const kind of ["avg", "median", "p90"]) expect(answered[`${name}_${kind}_secs`], hint).toBeNull();
      continue;
    }
    expect(answered[`${name}_avg_secs`], hint).toBe(Math.round(times.reduce((a, b) => a + b, 0) / times.length));
    for (const [kind, share] of [
      ["median", 0.5],
      ["p90", 0.9],
    ] as const) {
      const exact = times[Math.ceil(share * times.length) - 1]!;
      const at = BOUNDS_SECONDS.findIndex((bound) => exact <= bound);
      const [low, high] = at === -1 ? [604_800, 604_800] : [BOUNDS_SECONDS[at - 1] ?? 0, BOUNDS_SECONDS[at]!];
      expect(answered[`${name}_${kind}_secs`], `${hint} ${name} ${kind} of ${times.join(" ")}`).toBeGreaterThanOrEqual(
        low,
      );
      expect(answered[`${name}_${kind}_secs`], `${hint} ${name} ${kind} of ${times.join(" ")}`).toBeLessThanOrEqual(
        high,
      );
    }
  }
}

const dayOf = (timezone: string, at: number): string =>
  new Date(at).toLocaleDateString("sv-SE", { timeZone: timezone });

it("is, after a random month, what a recount of everything that was done says", { timeout: 300_000 }, async () => {
  const seed = 20_261_124;
  const random = dice(seed);
  const end = realNow();
  let now = end - 34 * DAY;
  now -= now % SECOND;
  clock.now = () => now;
  const worlds: {
    org: Org;
    accounts: Thread["account"][];
    divisions: string[];
    people: Caller[];
    emails: Map<string, string>;
    threads: Thread[];
    timezone: string;
  }[] = [];
  for (const timezone of ["Asia/Jakarta", "America/New_York"]) {
    const org = await organization();
    expect((await org.call("PUT", "/api/settings/timezone", { timezone })).status).toBe(200);
    // Nobody is online: otherwise allocation would move what customers reopen.
    await org.call("PATCH", "/api/settings/routing", { reopen_to: "last_agent" });
    const [ana, bob] = [await org.agent("supervisor"), await org.agent("supervisor")];
    const divisions = [await division(org, "Sales", [ana.agentId]), await division(org, "Support", [bob.agentId])];
    const accounts = [await org.connect(), await org.connect()];
    const emails = new Map([
      [org.agentId, org.email],
      [ana.agentId, ana.email],
      [bob.agentId, bob.email],
    ]);
    worlds.push({ org, accounts, divisions, people: [org, ana, bob], emails, threads: [], timezone });
  }
  /** Projections that a consumer has read and not yet written: they come later, or twice, or never. */
  const held: { org: Org; projection: Projection }[] = [];
  let loggedIn = now;

  for (let step = 0; step < volume(420, 140); step++) {
    now += (1 + random.below(random.next() < 0.15 ? 12 * 3600 : 3600)) * SECOND;
    if (now - loggedIn > 5 * DAY) {
      for (const world of worlds) {
        for (const [i, person] of world.people.entries())
          world.people[i] = await login(world.emails.get(person.agentId)!);
        world.org = { ...world.org, ...world.people[0]! };
      }
      loggedIn = now;
    }
    const world = random.of(worlds);
    const begins = world.threads.length < 4 || random.next() < 0.08;
    if (begins) {
      const [from, account] = [phone(), random.of(world.accounts)];
      world.threads.push({ id: conversationIdOf(world.org.id, account.id, `+${from}`), from, account, deeds: [] });
    }
    const thread = begins ? world.threads.at(-1)! : random.of(world.threads);
    const person = random.of(world.people);
    const path = `/api/conversations/${thread.id}`;
    const ok = async (answer: Promise<Answer>): Promise<void> => {
      const { status, body } = await answer;
      expect([200, 201], JSON.stringify(body)).toContain(status);
    };
    const roll = begins ? 0 : random.next();
    if (roll < 0.3) {
      await customerWrites(thread.account.phoneNumberId, thread.from, `step ${step}`, { at: now });
      thread.deeds.push({ at: now, kind: "received" });
    } else if (roll < 0.55) {
      // A template goes out whenever it is.
      const body = { type: "template", content: { name: "hello", language: "en" } };
      await ok(
        person.call("POST", `${path}/messages`, body, random.next() < 0.2 ? { "idempotency-key": `step-${step}` } : {}),
      );
      thread.deeds.push({ at: now, kind: "sent", agent: person.agentId });
    } else if (roll < 0.68) {
      const to = random.next() < 0.2 ? null : random.of(world.people).agentId;
      await ok(person.call("PATCH", `${path}/assign`, { agent_id: to }));
      thread.deeds.push({ at: now, kind: "assigned", agent: to });
    } else if (roll < 0.84) {
      await ok(person.call("PATCH", `${path}/status`, { status: "resolved" }));
      thread.deeds.push({ at: now, kind: "resolved" });
    } else if (roll < 0.9) {
      await ok(person.call("PATCH", `${path}/status`, { status: "open" }));
      thread.deeds.push({ at: now, kind: "reopened" });
    } else {
      const which = random.below(2);
      const [to, toDivision] = [random.next() < 0.4 ? null : world.people[which + 1]!.agentId, world.divisions[which]!];
      const params = { ...(to !== null && { to_agent_id: to }), to_division_id: toDivision };
      const { body } = await person.call("POST", "/api/conversations/bulk", {
        conversation_ids: [thread.id],
        action: "transfer",
        params,
      });
      if (body.succeeded.length === 1) thread.deeds.push({ at: now, kind: "moved", agent: to, division: toDivision });
    }
    if (random.next() < 0.2) {
      const projection = await unprojected(world.org, thread.id);
      if (projection) held.push({ org: world.org, projection });
    }
    if (held.length > 0 && random.next() < 0.2)
      await project(env, [held.splice(random.below(held.length), 1)[0]!.projection]);
  }
  // In the end one waits in each organization.
  for (const { org, threads, divisions } of worlds) {
    const thread = threads[0]!;
    await customerWrites(thread.account.phoneNumberId, thread.from, "Still there?", { at: (now += MINUTE) });
    thread.deeds.push({ at: now, kind: "received" });
    for (const to_division_id of divisions) {
      now += MINUTE;
      const body = { conversation_ids: [thread.id], action: "transfer", params: { to_division_id } };
      const done = await org.call("POST", "/api/conversations/bulk", body);
      if (done.body.succeeded.length === 1)
        thread.deeds.push({ at: now, kind: "moved", agent: null, division: to_division_id });
    }
  }
  for (const { org, threads } of worlds) for (const thread of threads) await atRest(org, thread.id);
  // All of it once more: old ones, twice, at the same time.
  await Promise.all([...held, ...held].map(({ projection }) => project(env, [projection])));
  await Promise.all(
    [1, 2].map(() =>
      projectConversations(
        publicContext(env, () => {}),
        worlds.flatMap(({ org, threads }) =>
          threads.map(({ id }) => ({
            kind: "project" as const,
            orgId: org.id,
            tenantDb: org.tenantDbName,
            conversationId: id,
          })),
        ),
      ),
    ),
  );

  now = Math.max(now, loggedIn);
  for (const { org, accounts, divisions, people, threads, timezone: zone } of worlds) {
    const told = threads.map(factsOf);
    const facts = told.flatMap((one) => one.facts);
    const [from, to] = [dayOf(zone, Math.min(...facts.map((fact) => fact.at))), dayOf(zone, now)];
    const range = `from=${from}&to=${to}`;
    const count = (list: readonly Now[], status?: string): number =>
      list.filter((one) => status === undefined || one.status === status).length;

    const states = told.map((one) => one.now);
    const { body: overview } = await org.call("GET", `/api/analytics/overview?${range}`);
    expect(overview).toMatchObject({
      total_conversations: threads.length,
      open_conversations: count(states, "open"),
      pending_conversations: count(states, "pending"),
      resolved_conversations: count(states, "resolved"),
      total_contacts: threads.length,
      total_agents: 3,
      online_agents: 0,
      unassigned_conversations: states.filter((one) => one.agent === null && one.status !== "resolved").length,
      messages_today: facts.filter((fact) => ["received", "sent"].includes(fact.what) && dayOf(zone, fact.at) === to)
        .length,
      resolution_rate: Math.round((count(states, "resolved") / threads.length) * 1000) / 10,
    });
    expect(overview.period).toMatchObject({ from, to, timezone: zone });
    expectFigures(overview.period, facts, "overview");

    // By day, of everybody and of each.
    const scopes: [string, (fact: Fact) => boolean][] = [
      ["", () => true],
      ["&channel=whatsapp", () => true],
      ["&channel=email", () => false],
      ...accounts.map(({ id }): [string, (fact: Fact) => boolean] => [
        `&account_id=${id}`,
        (fact) => fact.account === id,
      ]),
      ...people.map(({ agentId }): [string, (fact: Fact) => boolean] => [
        `&agent_id=${agentId}`,
        (fact) => fact.agent === agentId,
      ]),
      ...divisions.map((id): [string, (fact: Fact) => boolean] => [
        `&division_id=${id}`,
        (fact) => fact.division === id,
      ]),
    ];
    for (const [scope, of] of scopes) {
      const { body, status } = await org.call("GET", `/api/analytics/trends?${range}${scope}`);
      expect(status).toBe(200);
      expect(body.days.at(0).date).toBe(from);
      expect(body.days.at(-1).date).toBe(to);
      for (const day of body.days) {
        expectFigures(
          day,
          facts.filter((fact) => of(fact) && dayOf(zone, fact.at) === day.date),
          `${scope} ${day.date}`,
        );
      }
      expectFigures(body.total, facts.filter(of), scope);
    }
    const { body: months } = await org.call("GET", `/api/analytics/trends?${range}&granularity=month`);
    for (const month of months.days) {
      expect(month.date).toMatch(/-01$/);
      expectFigures(
        month,
        facts.filter((fact) => dayOf(zone, fact.at).slice(0, 7) === month.date.slice(0, 7)),
        month.date,
      );
    }
    const { body: weeks } = await org.call("GET", `/api/analytics/trends?${range}&granularity=week`);
    for (const week of weeks.days) {
      expect(new Date(week.date).getUTCDay()).toBe(1);
      const sunday = new Date(Date.parse(week.date) + 6 * DAY).toISOString().slice(0, 10);
      expectFigures(
        week,
        facts.filter((fact) => dayOf(zone, fact.at) >= week.date && dayOf(zone, fact.at) <= sunday),
        week.date,
      );
    }

    const { body: agents } = await org.call("GET", `/api/analytics/agents?${range}`);
    expect(agents).toHaveLength(3);
    for (const agent of agents) {
      const mine = states.filter((one) => one.agent === agent.agent_id);
      expect(agent).toMatchObject({
        open_conversations: count(mine, "open"),
        pending_conversations: 0,
        resolved_conversations: count(mine, "resolved"),
        total_conversations: mine.length,
        is_online: false,
      });
      expectFigures(
        agent.period,
        facts.filter((fact) => fact.agent === agent.agent_id),
        agent.full_name,
      );
    }

    const { body: channels } = await org.call("GET", `/api/analytics/channels?${range}`);
    expect(channels.map((one: any) => one.channel)).toEqual(["whatsapp", "instagram", "messenger", "email"]);
    expect(channels[0]).toMatchObject({
      contact_count: threads.length,
      conversation_count: threads.length,
      open_conversations: count(states, "open"),
      resolved_conversations: count(states, "resolved"),
    });
    expectFigures(channels[0].period, facts, "whatsapp");
    expect(channels[1]).toMatchObject({ contact_count: 0, conversation_count: 0, accounts: [] });
    expect(channels[0].accounts.map((one: any) => one.account_id).toSorted()).toEqual(
      accounts.map(({ id }) => id).toSorted(),
    );
    for (const account of channels[0].accounts) {
      expect(account.conversation_count).toBe(
        threads.filter((thread) => thread.account.id === account.account_id).length,
      );
      expectFigures(
        account.period,
        facts.filter((fact) => fact.account === account.account_id),
        account.display_name,
      );
    }

    // A part of the month is that part.
    const middle = dayOf(zone, now - 17 * DAY);
    const { body: part } = await org.call("GET", `/api/analytics/overview?from=${middle}&to=${to}`);
    expectFigures(
      part.period,
      facts.filter((fact) => dayOf(zone, fact.at) >= middle),
      "part",
    );
    // Nothing of this was too little to say anything.
    expect(count(states, "pending")).toBeGreaterThan(0);
    for (const what of Object.keys(NAMES))
      expect(facts.filter((fact) => fact.what === what).length, what).toBeGreaterThan(volume(5, 1));
  }
});

/** A conversation with a first message, in the index. */
async function begun(
  org: Org,
  account: { id: string; phoneNumberId: string },
  at?: number,
): Promise<{ id: string; from: string }> {
  const from = phone();
  await customerWrites(account.phoneNumberId, from, "Hello", at === undefined ? {} : { at });
  const id = conversationIdOf(org.id, account.id, `+${from}`);
  await atRest(org, id);
  return { id, from };
}
const send = (who: Caller, id: string) =>
  who.call("POST", `/api/conversations/${id}/messages`, {
    type: "template",
    content: { name: "hello", language: "en" },
  });

describe("a range", () => {
  it("is the last 30 days, or what is asked for, a year at most", async () => {
    const org = await organization();
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    const ago = (days: number): string => new Date(clock.now() - days * DAY).toISOString().slice(0, 10);
    expect((await org.call("GET", "/api/analytics/overview")).body.period).toMatchObject({
      from: ago(29),
      to: today,
      timezone: "UTC",
    });
    const lengthOf = async (query: string): Promise<[string, number]> => {
      const { body } = await org.call("GET", `/api/analytics/trends?${query}`);
      return [body.period, body.days.length];
    };
    expect(await lengthOf("")).toEqual(["30d", 30]);
    expect(await lengthOf("period=7d")).toEqual(["7d", 7]);
    expect(await lengthOf("period=90d&granularity=day")).toEqual(["90d", 90]);
    expect(await lengthOf("from=2024-01-01&to=2024-12-31")).toEqual(["custom", 366]);
    expect(await lengthOf("from=2024-01-01&to=2024-12-31&granularity=month")).toEqual(["custom", 12]);
    expect(await lengthOf(`from=${ago(3)}`)).toEqual(["custom", 4]);
    for (const query of [
      "from=2024-01-01&to=2025-01-01",
      "from=2024-01-02&to=2024-01-01",
      "from=2024-02-30",
      "from=yesterday",
      "to=1969-12-31",
      "from=2024-01-01T00:00:00Z",
    ]) {
      for (const path of ["overview", "trends", "agents", "channels"]) {
        expect([path, query, (await org.call("GET", `/api/analytics/${path}?${query}`)).status]).toEqual([
          path,
          query,
          400,
        ]);
      }
    }
    for (const query of [
      "period=1y",
      "granularity=hour",
      "channel=fax",
      "agent_id=me",
      `agent_id=${org.agentId}&channel=email`,
    ]) {
      expect([query, (await org.call("GET", `/api/analytics/trends?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it("begins and ends its days in the organization's timezone, through a night that is an hour shorter", async () => {
    const org = await organization();
    await org.call("PUT", "/api/settings/timezone", { timezone: "Europe/Berlin" });
    const account = await org.connect();
    // 29 March 2026 has 23 hours there: it begins at 23:00 of the 28th in UTC and ends at 22:00.
    for (const at of ["2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"])
      await begun(org, account, Date.parse(at));
    const { body } = await org.call("GET", "/api/analytics/trends?from=2026-03-28&to=2026-03-30");
    expect(body.days.map((day: any) => [day.date, day.messages_received])).toEqual([
      ["2026-03-28", 1],
      ["2026-03-29", 2],
      ["2026-03-30", 1],
    ]);
    // Counted messages stay on their day when the timezone changes.
    await org.call("PUT", "/api/settings/timezone", { timezone: "Asia/Jakarta" });
    await begun(org, account, Date.parse("2026-03-28T22:59:59Z"));
    const after = await org.call("GET", "/api/analytics/trends?from=2026-03-28&to=2026-03-30");
    expect(after.body.days.map((day: any) => day.messages_received)).toEqual([1, 3, 1]);
    expect(after.body.timezone).toBe("Asia/Jakarta");
  });
});

describe("a first response", () => {
  it("is a person's to the customer's first message of the cycle, once", async () => {
    const org = await organization();
    const account = await org.connect();
    let now = realNow() - DAY;
    now -= now % SECOND;
    clock.now = () => now;
    const { id, from } = await begun(org, account, now);
    const period = async (): Promise<any> => {
      await atRest(org, id);
      return (await org.call("GET", "/api/analytics/overview")).body.period;
    };
    now += 10 * SECOND;
    await customerWrites(account.phoneNumberId, from, "Anybody?", { at: now });
    now += 50 * SECOND;
    await send(org, id);
    now += MINUTE;
    await send(org, id);
    expect(await period()).toMatchObject({ first_responses: 1, first_response_avg_secs: 60, messages_sent: 2 });
    now += HOUR;
    await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
    expect(await period()).toMatchObject({ conversations_resolved: 1, resolution_avg_secs: 3720 });
    // The next cycle begins with what we say: an answer is only what comes after a question.
    now += HOUR;
    await send(org, id);
    expect(await period()).toMatchObject({ conversations_reopened: 1, first_responses: 1, messages_sent: 3 });
    now += HOUR;
    await customerWrites(account.phoneNumberId, from, "Oh, hello", { at: now });
    now += 2 * HOUR;
    await send(org, id);
    expect(await period()).toMatchObject({ first_responses: 2, first_response_avg_secs: 3630 });
  });

  it("is no survey's", async () => {
    const org = await organization();
    const { id } = await begun(org, await org.connect());
    expect((await org.call("POST", `/api/conversations/${id}/csat`)).status).toBe(201);
    await atRest(org, id);
    const { body } = await org.call("GET", "/api/analytics/overview");
    expect(body.period).toMatchObject({ messages_sent: 1, first_responses: 0, first_response_avg_secs: null });
    const agents = (await org.call("GET", "/api/analytics/agents")).body;
    expect(agents[0].period).toMatchObject({ messages_sent: 0, first_responses: 0 });
  });
});

/** Thirty days are at most three whole weeks and nine days, or four and two. */
const WEEKS_AND_DAYS = 12;

it("makes up every range of whole weeks and single days, none left out and none twice", () => {
  for (let offset = 0; offset < 14; offset++) {
    for (let length = 1; length <= 60; length++) {
      const from = addDays("2024-02-20", offset);
      const range = { from, to: addDays(from, length - 1) };
      const parts = coverOf(range);
      expect(
        parts.flatMap((part) => (part.startsWith("w") ? daysFrom(part.slice(1), addDays(part.slice(1), 6)) : [part])),
      ).toEqual(daysFrom(from, range.to));
      expect(parts.length).toBeLessThanOrEqual(12 + length / 7);
    }
  }
});

it("adds every channel's figures to those of all channels, when they come and when they change", async () => {
  const org = await organization();
  const add = (channel: string, n: number) =>
    org.tenantDb
      .prepare(
        `INSERT INTO daily_counts (org_id, scope, scope_id, day, ${COLUMNS.join(", ")}) VALUES (?1, 'channel', ?2, '2026-03-01', ${COLUMNS.map((_, i) => n * (i + 1)).join(", ")})
         ON CONFLICT DO UPDATE SET ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`,
      )
      .bind(org.id, channel)
      .run();
  // The day's first row, another channel's first, and one that changes.
  for (const [channel, n] of [
    ["whatsapp", 1],
    ["email", 10],
    ["whatsapp", 100],
  ] as const)
    await add(channel, n);
  const { results } = await org.tenantDb
    .prepare(`SELECT ${COLUMNS.join(", ")} FROM daily_counts WHERE org_id = ? AND scope_id = 'all'`)
    .bind(org.id)
    .all();
  expect(results).toEqual([Object.fromEntries(COLUMNS.map((column, i) => [column, 111 * (i + 1)]))]);
});

describe("the cost of a read", () => {
  it("grows with the answer, and not with what there is", async () => {
    const org = await organization();
    const [agents, days] = [40, 400];
    const today = clock.now();
    const ids = Array.from({ length: agents }, () => crypto.randomUUID());
    const db = org.tenantDb;
    await db.batch(
      ids.map((id, i) =>
        db
          .prepare(
            "INSERT INTO agents (id, org_id, email, full_name, role_id, created_at, updated_at) SELECT ?, org_id, ?, 'A', role_id, 0, 0 FROM agents WHERE id = ?",
          )
          .bind(id, `${i}-${id}@x.test`, org.agentId),
      ),
    );
    const rows = Array.from({ length: days }, (_, i) => new Date(today - i * DAY).toISOString().slice(0, 10)).flatMap(
      (day) => [["channel", "whatsapp", day], ...ids.map((id) => ["agent", id, day])],
    );
    await db
      .prepare(
        `INSERT INTO daily_counts (org_id, scope, scope_id, day, messages_sent)
         SELECT ?1, value ->> 0, value ->> 1, value ->> 2, 1 FROM json_each(?2)
         UNION ALL SELECT ?1, value ->> 0, value ->> 1, 'w' || date(value ->> 2, '-6 days', 'weekday 1'), count(*) FROM json_each(?2) GROUP BY 2, 3, 4`,
      )
      .bind(org.id, JSON.stringify(rows))
      .run();
    await db
      .prepare(
        `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, assigned_agent_id, version, created_at, updated_at)
         SELECT value ->> 0, ?1, '', '', 'whatsapp', 'open', value ->> 1, 1, 0, 0 FROM json_each(?2)`,
      )
      .bind(org.id, JSON.stringify(Array.from({ length: 2000 }, (_, i) => [crypto.randomUUID(), ids[i % agents]])))
      .run();
    const cost = async (path: string): Promise<number> => {
      await org.call("GET", path);
      const answer = await org.call("GET", path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("server-timing")).toContain('d1_queries;desc="1"');
      return rowsRead(answer);
    };
    expect((await org.call("GET", "/api/analytics/overview")).body).toMatchObject({
      total_conversations: 2000,
      total_agents: agents + 1,
      unassigned_conversations: 0,
    });
    expect((await org.call("GET", "/api/analytics/overview")).body.period.messages_sent).toBe(30);
    expect(
      (await org.call("GET", "/api/analytics/agents")).body.find((one: any) => one.agent_id === ids[0]),
    ).toMatchObject({
      total_conversations: 2000 / agents,
      period: { messages_sent: 30 },
    });
    // Three rows read for each week and day, and a few that say how it stands.
    const few = 40;
    expect(await cost("/api/analytics/overview")).toBeLessThanOrEqual(3 * WEEKS_AND_DAYS + few);
    expect(await cost("/api/analytics/trends?period=7d")).toBeLessThanOrEqual(2 * 7 + few);
    expect(await cost("/api/analytics/trends?period=90d")).toBeLessThanOrEqual(2 * 90 + few);
    expect(await cost(`/api/analytics/trends?agent_id=${ids[0]}`)).toBeLessThanOrEqual(2 * 30 + few);
    expect(await cost("/api/analytics/channels")).toBeLessThanOrEqual(3 * WEEKS_AND_DAYS + few);
    // Each agent, what the agent has, and a row for each week and day.
    expect(await cost("/api/analytics/agents")).toBeLessThanOrEqual((agents + 1) * (3 * WEEKS_AND_DAYS + 6));
    expect(await cost(`/api/analytics/agents?from=${new Date(today).toISOString().slice(0, 10)}`)).toBeLessThanOrEqual(
      (agents + 1) * 8,
    );
  });
});

it("is for supervisors and admins, and of one's own organization", async () => {
  const [org, other] = [await organization(), await organization()];
  await begun(org, await org.connect());
  const [agent, supervisor] = [await org.agent(), await org.agent("supervisor")];
  for (const path of ["overview", "trends", "agents", "channels", "csat"]) {
    expect((await agent.call("GET", `/api/analytics/${path}`)).status).toBe(403);
    expect((await supervisor.call("GET", `/api/analytics/${path}`)).status).toBe(200);
  }
  expect((await other.call("GET", "/api/analytics/overview")).body).toMatchObject({
    total_conversations: 0,
    total_contacts: 0,
    messages_today: 0,
  });
  expect((await other.call("GET", `/api/analytics/trends?agent_id=${org.agentId}`)).body.total.messages_received).toBe(
    0,
  );
});

it("follows agents who come, go online, are suspended and are deleted", async () => {
  const org = await organization();
  const agent = await org.agent();
  const look = async (): Promise<[number, number]> => {
    const { body } = await org.call("GET", "/api/analytics/overview");
    return [body.total_agents, body.online_agents];
  };
  expect(await look()).toEqual([2, 0]);
  await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: true });
  expect(await look()).toEqual([2, 1]);
  await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: true });
  expect(await look()).toEqual([2, 1]);
  await org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
  expect(await look()).toEqual([2, 0]);
  await org.call("DELETE", `/api/agents/${agent.agentId}`);
  expect(await look()).toEqual([1, 0]);
});
