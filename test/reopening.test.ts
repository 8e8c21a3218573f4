import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { publicContext } from "../src/app";
import { REOPEN_TO } from "../src/domain/routing";
import { clock } from "../src/kit/clock";
import {
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
import { everyMinute } from "./minute";

/** The agent of a conversation that its customer reopens. */

vi.setConfig({ testTimeout: 120_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

type Method = "manual" | "round_robin";

interface Place {
  org: Org;
  phoneNumberId: string;
  /** The division in which its conversations are; null: in none. */
  divisionId: string | null;
}

async function placeIn(org: Org, method: Method | null): Promise<Place> {
  const { id: accountId, phoneNumberId } = await org.connect();
  if (method === null) return { org, phoneNumberId, divisionId: null };
  const { body } = await org.call("POST", "/api/divisions", { name: `Team ${phone()}`, allocation_method: method });
  await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { division_id: body.id });
  return { org, phoneNumberId, divisionId: body.id };
}

async function agentOf(
  { org, divisionId }: Place,
  { isOnline = true, capacity = null }: { isOnline?: boolean; capacity?: number | null } = {},
): Promise<Caller> {
  const agent = await org.agent();
  if (divisionId) await org.call("POST", `/api/divisions/${divisionId}/agents`, { agent_ids: [agent.agentId] });
  if (capacity !== null) await org.call("PATCH", `/api/agents/${agent.agentId}`, { capacity });
  if (isOnline) await setOnline(agent, true);
  return agent;
}

const setOnline = (agent: Caller, isOnline: boolean) =>
  agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: isOnline });
const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
const get = async (org: Org, id: string): Promise<any> => (await org.call("GET", `/api/conversations/${id}`)).body;
const status = (org: Org, id: string, word: string) =>
  org.call("PATCH", `/api/conversations/${id}/status`, { status: word });

interface Talk {
  id: string;
  from: string;
}

/** A conversation of the agent's, open. */
async function talkOf({ org, phoneNumberId }: Place, agent: Caller): Promise<Talk> {
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  return { id, from };
}

async function resolvedOf(place: Place, agent: Caller): Promise<Talk> {
  const talk = await talkOf(place, agent);
  expect((await status(place.org, talk.id, "resolved")).body).toMatchObject({
    status: "resolved",
    assigned_agent_id: agent.agentId,
  });
  return talk;
}

/** Their customers write at the same moment. Returns once it is decided who has the conversations. */
async function reopen({ org, phoneNumberId }: Place, talks: readonly Talk[]): Promise<void> {
  graph.customers.deliverBatch(talks.map(({ from }) => ({ phoneNumberId, from, text: "Again" })));
  await graph.settle();
  await isDecided(org, talks);
}

const isDecided = (org: Org, talks: readonly Talk[], cycle = 2): Promise<void> =>
  eventually(async () => {
    const known = await org.tenantDb
      .prepare(
        `SELECT (SELECT count(*) FROM reopenings WHERE org_id = ?1) AS undecided, count(*) AS reopened
         FROM conversations WHERE org_id = ?1 AND cycle = ?2 AND status <> 'resolved' AND id IN (SELECT value FROM json_each(?3))`,
      )
      .bind(org.id, cycle, JSON.stringify(talks.map(({ id }) => id)))
      .first();
    expect(known).toEqual({ undecided: 0, reopened: talks.length });
  }, 20);

/** The events of a conversation's second cycle. */
async function told(org: Org, id: string): Promise<[type: string, data: any][]> {
  const object = env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as { inspect(): Promise<{ seq: number }> };
  const { seq } = await object.inspect();
  const response = await door(`/api/conversations/${id}/live?since=0`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${org.token}` },
  });
  const frames: { type: string; data?: any }[] = [];
  const socket = response.webSocket!;
  socket.addEventListener("message", ({ data }) => void frames.push(JSON.parse(data as string)));
  socket.accept();
  await eventually(async () => expect(frames.length).toBeGreaterThan(seq));
  socket.close();
  const from = frames.findIndex(({ type }) => type === "conversation.reopened");
  return frames.slice(from).flatMap(({ type, data }) => (/^(conversation|message)\./.test(type) ? [[type, data]] : []));
}

const STATES = ["online", "busy", "offline", "suspended", "deleted"] as const;
type State = (typeof STATES)[number];
const KEPT_BY: Record<(typeof REOPEN_TO)[number], readonly State[]> = {
  last_agent_if_online: ["online"],
  queue: [],
  last_agent: ["online", "busy", "offline"],
};

describe.each(REOPEN_TO)("with the setting %s", (reopenTo) => {
  let org: Org;
  beforeAll(async () => {
    org = await organization();
    await org.call("PATCH", "/api/settings/routing", { reopen_to: reopenTo });
  });

  it.each<[string, Method | null]>([
    ["in a division", "manual"],
    ["in no division", null],
  ])("%s: the last agent has it back only if it may be so, and else it waits", async (_where, method) => {
    const place = await placeIn(org, method);
    const agents = {} as Record<State, Caller>;
    const talks = {} as Record<State, Talk>;
    for (const state of STATES) {
      agents[state] = await agentOf(place, { capacity: 1 });
      talks[state] = await resolvedOf(place, agents[state]);
    }
    await talkOf(place, agents.busy);
    await setOnline(agents.offline, false);
    await org.call("PATCH", `/api/agents/${agents.suspended.agentId}`, { status: "suspended" });
    await org.call("DELETE", `/api/agents/${agents.deleted.agentId}`);
    await reopen(place, Object.values(talks));
    for (const state of STATES) {
      const kept = KEPT_BY[reopenTo].includes(state);
      const now = await get(org, talks[state].id);
      expect(now, state).toMatchObject({
        status: "open",
        cycle: 2,
        unread_count: 2,
        assigned_agent_id: kept ? agents[state].agentId : null,
        division_id: place.divisionId,
        waiting_since: !kept && place.divisionId ? now.updated_at : null,
      });
      expect(await told(org, talks[state].id), state).toEqual([
        ["conversation.reopened", { from: "resolved", to: "open", cycle: 2 }],
        ["message.received", undefined],
        ...(kept
          ? []
          : [
              [
                "conversation.unassigned",
                expect.objectContaining({ from_agent_id: agents[state].agentId, to_agent_id: null }),
              ],
            ]),
      ]);
    }
    const waiting = await org.call("GET", "/api/conversations?assigned_agent_id=none&limit=100");
    for (const state of STATES)
      expect(
        waiting.body.data.some((row: any) => row.id === talks[state].id),
        state,
      ).toBe(!KEPT_BY[reopenTo].includes(state));
  });
});

it("gives at capacity to the others, and nobody more than there is room for, though all write at once", async () => {
  const place = await placeIn(await organization(), "round_robin");
  const { org } = place;
  const ana = await agentOf(place);
  const talks: Talk[] = [];
  for (let i = 0; i < 5; i++) talks.push(await resolvedOf(place, ana));
  await org.call("PATCH", `/api/agents/${ana.agentId}`, { capacity: 2 });
  const bob = await agentOf(place, { capacity: 2 });
  await reopen(place, talks);
  await eventually(async () => {
    const { body } = await org.call("GET", "/api/conversations?status=open");
    const by = Object.groupBy(body.data, (row: any) => row.assigned_agent_id ?? "none");
    expect(Object.fromEntries(Object.entries(by).map(([who, rows]) => [who, rows!.length]))).toEqual({
      [ana.agentId]: 2,
      [bob.agentId]: 2,
      none: 1,
    });
  });
});

it("is given as usual to who comes later; in no division it stays with nobody", async () => {
  const org = await organization();
  const [team, nowhere] = [await placeIn(org, "round_robin"), await placeIn(org, null)];
  const [ana, bob] = [await agentOf(team), await agentOf(nowhere)];
  const [hers, his] = [await resolvedOf(team, ana), await resolvedOf(nowhere, bob)];
  for (const agent of [ana, bob]) await setOnline(agent, false);
  await reopen(team, [hers]);
  await reopen(nowhere, [his]);
  for (const { id } of [hers, his]) expect((await get(org, id)).assigned_agent_id).toBeNull();
  for (const agent of [ana, bob]) await setOnline(agent, true);
  await eventually(async () => expect((await get(org, hers.id)).assigned_agent_id).toBe(ana.agentId));
  await minute();
  expect((await get(org, his.id)).assigned_agent_id).toBeNull();
});

it("is decided once: a delivery that comes again, and an agent who leaves later, change nothing", async () => {
  const place = await placeIn(await organization(), null);
  const { org, phoneNumberId } = place;
  const ana = await agentOf(place);
  const talk = await resolvedOf(place, ana);
  const id = await customerWrites(phoneNumberId, talk.from, "Again");
  await isDecided(org, [talk]);
  const { version } = await get(org, talk.id);
  await setOnline(ana, false);
  await customerWrites(phoneNumberId, talk.from, "Again", { id });
  await minute();
  expect(await get(org, talk.id)).toMatchObject({ assigned_agent_id: ana.agentId, version });
});

it("keeps its agent, wherever that one is, when a person reopens it, by hand or by sending", async () => {
  const place = await placeIn(await organization(), null);
  const { org } = place;
  const ana = await agentOf(place, { isOnline: false });
  const [byHand, bySending] = [await resolvedOf(place, ana), await resolvedOf(place, ana)];
  await status(org, byHand.id, "open");
  await org.call("POST", `/api/conversations/${bySending.id}/messages`, {
    type: "text",
    content: { text: "One more thing" },
  });
  await isDecided(org, [byHand, bySending]);
  await minute();
  for (const { id } of [byHand, bySending])
    expect(await get(org, id)).toMatchObject({ status: "open", cycle: 2, assigned_agent_id: ana.agentId });
});

it("is decided by the minute where the wake-up was lost", async () => {
  const place = await placeIn(await organization(), null);
  const { org } = place;
  const ana = await agentOf(place);
  const talk = await resolvedOf(place, ana);
  await reopen(place, [talk]);
  expect((await get(org, talk.id)).assigned_agent_id).toBe(ana.agentId);
  // As if it had never been looked at, and she had gone.
  await setOnline(ana, false);
  await org.tenantDb
    .prepare("INSERT INTO reopenings (org_id, reopened_at, conversation_id, cycle, agent_id) VALUES (?, 1, ?, 2, ?)")
    .bind(org.id, talk.id, ana.agentId)
    .run();
  await Promise.all([minute(), minute()]);
  await isDecided(org, [talk]);
  expect(await get(org, talk.id)).toMatchObject({ assigned_agent_id: null, status: "open" });
});
