import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { LiveFrame } from "../src/domain/live";
import { checkStateWithin, type Deployment } from "../trials/support/checker";
import {
  type Answer,
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  type Org,
  organization,
  phone,
} from "./harness";
import { volume } from "./volume";

/**
 * Takeover, assignment, transfer, resolution and a customer's message at the same moment on one conversation, with allocation in
 * between: whatever the order, there is one history, everybody is told it, and D1 ends where the conversation is.
 */
vi.setConfig({ testTimeout: 900_000 });

const CONVERSATIONS = volume(20, 4);
const MOMENTS_EACH = volume(50, 25);
const SEED = 20_261_124;

/** mulberry32: the same seed, the same moments. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All that a conversation has said since it began; `seq` is the number of its last event. */
async function eventsOf(who: Caller, id: string, seq: number): Promise<LiveFrame[]> {
  const frames: LiveFrame[] = [];
  const { webSocket } = await door(`/api/conversations/${id}/live?since=0`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${who.token}` },
  });
  webSocket!.addEventListener("message", ({ data }) => void frames.push(JSON.parse(String(data)) as LiveFrame));
  webSocket!.accept();
  await eventually(async () => expect(frames.at(-1)?.seq).toBe(seq));
  webSocket!.close();
  return frames.filter((frame) => "conversation_id" in frame);
}

interface Place {
  assignee: string | null;
  division: string | null;
  status: string;
  cycle: number;
  received: number;
}

/** Every event begins where the one before it ended. Returns where that leads. */
function follow(events: readonly LiveFrame[]): Place {
  const place: Place = { assignee: null, division: null, status: "open", cycle: 1, received: 0 };
  for (const [i, { seq, type, data }] of events.entries()) {
    const hint = `event ${i + 1}: ${type} ${JSON.stringify(data)} after ${JSON.stringify(place)}`;
    expect(seq, hint).toBe(i + 1);
    switch (type) {
      case "conversation.assigned":
      case "conversation.unassigned":
        expect(data!["from_agent_id"], hint).toBe(place.assignee);
        expect(data!["to_agent_id"], hint).not.toBe(place.assignee);
        place.assignee = data!["to_agent_id"] as string | null;
        break;
      case "conversation.transferred":
        expect([data!["from_agent_id"], data!["from_division_id"]], hint).toEqual([place.assignee, place.division]);
        place.division = data!["to_division_id"] as string | null;
        // The next event tells the agent, unless the conversation has that one already.
        if (data!["to_agent_id"] !== place.assignee)
          expect(events[i + 1]!.data!["to_agent_id"], hint).toBe(data!["to_agent_id"]);
        break;
      case "conversation.status_changed":
      case "conversation.resolved":
        expect(data!["from"], hint).toBe(place.status);
        expect(place.status, hint).not.toBe("resolved");
        place.status = type === "conversation.resolved" ? "resolved" : (data!["to"] as string);
        break;
      case "conversation.reopened":
        expect(place.status, hint).toBe("resolved");
        expect(data!["cycle"], hint).toBe(++place.cycle);
        expect(data!["from"], hint).toBe("resolved");
        place.status = data!["to"] as string;
        break;
      case "message.received":
        expect(place.status, hint).not.toBe("resolved");
        place.received++;
        break;
      default:
        expect(type, hint).toBe("conversation.created");
    }
  }
  return place;
}

describe("two who change different fields of one thing at the same time", () => {
  const ROUNDS = 10;
  type Field = [name: string, values: readonly [unknown, unknown]];
  const cases: [string, (org: Org) => Promise<string>, Field, Field, method?: string][] = [
    [
      "an agent",
      async (org) => `/api/agents/${(await org.agent()).agentId}`,
      ["full_name", ["Ana A.", "Ana B."]],
      ["status", ["suspended", "active"]],
    ],
    [
      "a role",
      async (org) => `/api/roles/${(await org.call("POST", "/api/roles", { name: "night", permissions: [] })).body.id}`,
      ["description", ["One", "Two"]],
      ["permissions", [["contacts.view"], []]],
    ],
    [
      "a division",
      async (org) => `/api/divisions/${(await org.call("POST", "/api/divisions", { name: "Sales" })).body.id}`,
      ["description", ["One", "Two"]],
      ["is_active", [false, true]],
    ],
    [
      "an SLA policy",
      async (org) =>
        `/api/sla/policies/${(await org.call("POST", "/api/sla/policies", { name: "Standard", first_response_time_secs: 60, resolution_time_secs: 600 })).body.id}`,
      ["priority", [1, 2]],
      ["is_active", [false, true]],
    ],
    [
      "a contact",
      async (org) => {
        const from = phone();
        await customerWrites((await org.connect()).phoneNumberId, from);
        return `/api/contacts/${(await conversationWith(org, from)).contact_id}`;
      },
      ["name", ["Ratna", "Dewi"]],
      ["email", ["one@example.test", "two@example.test"]],
    ],
    [
      "a quick reply",
      async (org) =>
        `/api/quick-replies/${(await org.call("POST", "/api/quick-replies", { title: "Hi", content: "Hi" })).body.id}`,
      ["title", ["One", "Two"]],
      ["content", ["One", "Two"]],
    ],
    [
      "a channel account",
      async (org) => `/api/integrations/accounts/${(await org.connect()).id}`,
      ["display_name", ["One", "Two"]],
      ["is_active", [false, true]],
    ],
    [
      "a chat expiration rule",
      async () => "/api/chat-expiration/email",
      ["window_hours", [1, 2]],
      ["auto_resolve", [false, true]],
      "PUT",
    ],
  ];

  it.each(cases)("both have their way: %s", async (_name, make, [one, ones], [other, others], method = "PATCH") => {
    const org = await organization();
    const path = await make(org);
    const [, list, key] = /^(.+)\/([^/]+)$/.exec(path)!;
    const read = async (): Promise<any> => {
      const { body } = await org.call("GET", list!);
      return (body.data ?? body).find(({ id, channel }: any) => id === key || channel === key);
    };
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = [{ [one]: ones[round % 2] }, { [other]: others[round % 2] }];
      const answers = await Promise.all([org.call(method, path, a), org.call(method, path, b)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(await read(), `round ${round}`).toMatchObject({ ...a, ...b });
    }
    // The log has each change once, with what was before and after it.
    const { data } = (await org.call("GET", "/api/activity-logs?limit=100")).body;
    for (const [field, values] of [
      [one, ones],
      [other, others],
    ] as const) {
      const log = data.flatMap(({ changes }: any) =>
        changes[field] && changes[field][0] !== null ? [changes[field]] : [],
      );
      expect(log.slice(0, 2)).toEqual([values.toReversed(), values].map(([from, to]) => [from, to]).toReversed());
    }
  });

  it("both have their way: a contact is found by either's words, and an account has both secrets", async () => {
    const org = await organization();
    const { id, phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const { contact_id: contact } = await conversationWith(org, from);
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([
        org.call("PATCH", `/api/contacts/${contact}`, { name: `Name${round}` }),
        org.call("PATCH", `/api/contacts/${contact}`, { email: `mail${round}@example.test` }),
      ]);
      for (const word of [`Name${round}`, `mail${round}`])
        expect((await org.call("GET", `/api/contacts?q=${word}`)).body.data, word).toHaveLength(1);
      await Promise.all([
        org.call("PATCH", `/api/integrations/accounts/${id}`, {
          config: { access_token: `a-secret-token-${1000 + round}` },
        }),
        org.call("PATCH", `/api/integrations/accounts/${id}`, {
          config: { app_secret: `an-app-secret-${1000 + round}` },
        }),
      ]);
      expect((await org.call("GET", `/api/integrations/accounts/${id}`)).body.config).toMatchObject({
        access_token: `••••${1000 + round}`,
        app_secret: `••••${1000 + round}`,
      });
    }
  });
});

it("has one history after a thousand moments in which everything happens at once", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const people = [org as Caller, await org.agent("supervisor"), await org.agent("supervisor")];
  const member = await org.agent();
  await member.call("PATCH", `/api/agents/${member.agentId}/status`, { is_online: true });
  const division = async (name: string, allocation_method: string, agentIds: string[]): Promise<string> => {
    const { id } = (await org.call("POST", "/api/divisions", { name, allocation_method })).body;
    await org.call("POST", `/api/divisions/${id}/agents`, { agent_ids: agentIds });
    return id;
  };
  const divisions = [
    await division("By hand", "manual", [people[1]!.agentId]),
    await division("By turns", "round_robin", [member.agentId]),
  ];

  const tally: Record<string, number> = {};
  async function play(lane: number): Promise<{ id: string; received: number }> {
    const random = chance(SEED + lane);
    const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const { id } = await conversationWith(org, from);
    const path = `/api/conversations/${id}`;
    let received = 1;
    const target = (): object =>
      one([
        { to_agent_id: one(people).agentId },
        { to_division_id: one(divisions) },
        { to_agent_id: member.agentId, to_division_id: divisions[1]! },
      ]);
    for (let moment = 0; moment < MOMENTS_EACH; moment++) {
      // All that chance says is said before anything happens, so that the seed alone decides.
      const [taker, assigner, mover, resolver] = [one(people), one(people), one(people), one(people)];
      const [assignee, to, delays] = [
        one([null, ...people.map((who) => who.agentId)]),
        target(),
        Array.from({ length: 5 }, () => Math.floor(random() * 4)),
      ];
      const deeds: (() => Promise<Answer | void>)[] = [
        () => taker.call("POST", `${path}/takeover`),
        () => assigner.call("PATCH", `${path}/assign`, { agent_id: assignee }),
        () => mover.call("POST", `${path}/transfer`, to),
        () => resolver.call("PATCH", `${path}/status`, { status: "resolved" }),
        async () => {
          graph.customers.say({ phoneNumberId, from, text: `Moment ${moment}` });
          await graph.settle();
        },
      ];
      const order = deeds.map((deed, i) => ({ deed, at: random(), delay: delays[i]! })).toSorted((a, b) => a.at - b.at);
      const answers = await Promise.all(
        order.map(({ deed, delay }) => (delay === 0 ? deed() : pause(delay).then(deed))),
      );
      received++;
      for (const answer of answers) {
        if (!answer) continue;
        const what = answer.status === 200 ? "200" : `${answer.status} ${answer.body.code}`;
        tally[what] = (tally[what] ?? 0) + 1;
      }
    }
    return { id, received };
  }
  const played = await Promise.all(Array.from({ length: CONVERSATIONS }, (_, lane) => play(lane)));
  // Nothing else is ever answered, and each of it was.
  expect(Object.keys(tally).toSorted()).toEqual(["200", "409 conversation_resolved", "422 transfer_to_self"]);

  // D1 is what the objects are, row by row, and has heard of every event; so has the inbox.
  const conversation = (name: string) =>
    env.CONVERSATION.getByName(name) as unknown as ReturnType<Deployment["conversation"]>;
  const deployment: Deployment = { tenantDatabases: [org.tenantDb], conversation };
  const findings = await checkStateWithin(
    30,
    deployment,
    org.id,
    played.map(({ id }) => id),
  );
  expect(findings.differences).toEqual([]);
  expect(findings.conversations).toBe(CONVERSATIONS);

  for (const { id, received } of played) {
    const events = await eventsOf(org, id, (await conversation(`${org.id}:${id}`).inspect())!.seq);
    const place = follow(events);
    expect((await org.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
      assigned_agent_id: place.assignee,
      division_id: place.division,
      status: place.status,
      cycle: place.cycle,
      message_count: received,
    });
    expect(place.received).toBe(received);
    // The log has all that people did, with its facts; the rest was done by the customer or the allocation.
    const { results: log } = await org.tenantDb
      .prepare("SELECT action, changes FROM activity_logs WHERE org_id = ? AND entity_id = ? ORDER BY created_at, id")
      .bind(org.id, id)
      .all<{ action: string; changes: string }>();
    const told = (type: string, data: unknown): string => `${type} ${JSON.stringify(data)}`;
    const logged = log.map((row) => told(row.action, JSON.parse(row.changes))).toSorted();
    const happened = events
      .filter(({ type }) => !type.startsWith("message."))
      .map(({ type, data }) => told(type, data ?? {}));
    const unlogged = [...happened];
    for (const line of logged) {
      expect(unlogged, `logged and did not happen: ${line}`).toContain(line);
      unlogged.splice(unlogged.indexOf(line), 1);
    }
    for (const line of unlogged)
      expect([
        told("conversation.created", {}),
        told("conversation.assigned", { from_agent_id: null, to_agent_id: member.agentId }),
        // Reopened by its customer, while its last agent was not online.
        ...people.map(({ agentId }) => told("conversation.unassigned", { from_agent_id: agentId, to_agent_id: null })),
        told("conversation.status_changed", { from: "pending", to: "open" }),
        // By the customer, whose message comes next.
        ...events
          .filter(({ type }, i) => type === "conversation.reopened" && events[i + 1]!.type === "message.received")
          .map(({ type, data }) => told(type, data)),
      ]).toContain(line);
    const transfers = await org.tenantDb
      .prepare("SELECT count(*) AS n FROM conversation_transfers WHERE conversation_id = ?")
      .bind(id)
      .first<{ n: number }>();
    expect(transfers!.n).toBe(events.filter(({ type }) => type === "conversation.transferred").length);
  }
  const { results: loads } = await org.tenantDb
    .prepare(
      `SELECT a.id, coalesce(l.open + l.pending, 0) AS kept, (SELECT count(*) FROM conversations c WHERE c.org_id = a.org_id AND c.assigned_agent_id = a.id AND c.status <> 'resolved') AS counted
       FROM agents a LEFT JOIN gauges l ON l.org_id = a.org_id AND l.scope = 'agent' AND l.scope_id = a.id WHERE a.org_id = ?`,
    )
    .bind(org.id)
    .all<{ kept: number; counted: number }>();
  for (const { kept, counted } of loads) expect(kept).toBe(counted);
});
