import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { type Caller, customerWrites, eventually, type Org, organization, phone, projected } from "../harness";
import { conversationIdOf } from "../../src/domain/ids";
import { division } from "../tenant";

vi.setConfig({ testTimeout: 30_000 });

const counts = async (who: Caller) => {
  const { status, body } = await who.call("GET", "/api/conversations/counts");
  expect(status, JSON.stringify(body)).toBe(200);
  const { divisions, seq: _seq, ...views } = body;
  return {
    ...Object.fromEntries(Object.entries(views).map(([view, { total, unread }]: any) => [view, [total, unread]])),
    ...Object.fromEntries(divisions.map((one: any) => [one.division_id, [one.total, one.unread]])),
  };
};

/** As the lists have it. */
async function counted(who: Caller, divisions: string[]) {
  await projected(who);
  const of = async (query: string): Promise<number[]> => {
    const live = `status=open&status=pending&limit=100&${query}`;
    const all = (await who.call("GET", `/api/conversations?${live}`)).body.data;
    return [all.length, all.filter((one: any) => one.unread_count > 0).length];
  };
  return {
    mine: await of("assigned_agent_id=me"),
    unassigned: await of("assigned_agent_id=none"),
    all: await of(""),
    ...Object.fromEntries(await Promise.all(divisions.map(async (id) => [id, await of(`division_id=${id}`)]))),
  };
}

async function restarted(org: Org): Promise<void> {
  await evictDurableObject(env.INBOX.getByName(org.id));
}

it("counts each view of each agent as lists do, whatever happens, also after a restart", async () => {
  const org = await organization();
  const agent = await org.agent();
  const [mine, theirs] = [await division(org, "Mine", [agent.agentId]), await division(org, "Theirs")];
  const account = await org.connect();
  expect(await counts(agent)).toEqual({ mine: [0, 0], unassigned: [0, 0], all: [0, 0], [mine]: [0, 0] });
  const people = Array.from({ length: 6 }, phone);
  for (const from of people) await customerWrites(account.phoneNumberId, from);
  const ids = people.map((from) => conversationIdOf(org.id, account.id, `+${from}`)) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const check = async (): Promise<void> => {
    await eventually(async () => expect(await counts(org)).toEqual(await counted(org, [mine, theirs].filter(Boolean))));
    await eventually(async () => expect(await counts(agent)).toEqual(await counted(agent, [mine])));
  };
  await eventually(async () => expect((await counts(agent)).unassigned).toEqual([6, 6]));
  const post = (path: string, body: object) => org.call("POST", `/api/conversations/${path}`, body);
  await post(`${ids[0]}/transfer`, { to_division_id: mine });
  await post(`${ids[1]}/transfer`, { to_division_id: theirs });
  await org.call("PATCH", `/api/conversations/${ids[2]}/assign`, { agent_id: agent.agentId });
  await org.call("PATCH", `/api/conversations/${ids[3]}/assign`, { agent_id: org.agentId });
  await post(`${ids[4]}/read`, {});
  await org.call("PATCH", `/api/conversations/${ids[5]}/status`, { status: "resolved" });
  await check();
  expect((await counts(agent)).mine).toEqual([1, 1]);
  await restarted(org);
  await check();
  await agent.call("POST", `/api/conversations/${ids[2]}/messages`, { type: "text", content: { text: "Yes" } });
  await post(`${ids[4]}/unread`, {});
  await customerWrites(account.phoneNumberId, people[5]!);
  await check();
  expect((await counts(agent)).mine).toEqual([1, 0]);
  expect((await counts(org)).all).toEqual([6, 5]);
});
