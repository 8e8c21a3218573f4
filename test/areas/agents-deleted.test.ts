import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import {
  type Caller,
  conversationWith,
  customerWrites,
  eventuallyListed,
  type Org,
  organization,
  PASSWORD,
  phone,
  projected,
} from "../harness";
import { everyMinute } from "../minute";
import { expectProblem } from "../problem";
import { division } from "../tenant";

vi.setConfig({ testTimeout: 60_000 });

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));

interface Scene {
  org: Org;
  /** The agent to be deleted. */
  ana: Caller & { email: string };
  /** Her conversations. */
  talks: any[];
}

/** An agent with two conversations: one with her message, her note and a survey. */
async function scene(): Promise<Scene> {
  const org = await organization();
  const ana = await org.agent();
  const { phoneNumberId } = await org.connect();
  const talks = [];
  for (const from of [phone(), phone()]) {
    await customerWrites(phoneNumberId, from);
    const talk = await conversationWith(org, from);
    await org.call("PATCH", `/api/conversations/${talk.id}/assign`, { agent_id: ana.agentId });
    talks.push(talk);
  }
  const path = `/api/conversations/${talks[0].id}`;
  const sent = await ana.call("POST", `${path}/messages`, { type: "text", content: { text: "Hello" } });
  expect([sent.status, sent.body.sender_name]).toEqual([201, "Ana Agent"]);
  expect((await ana.call("POST", `${path}/notes`, { content: "Calls back" })).status).toBe(201);
  expect((await ana.call("POST", `${path}/csat`)).status).toBe(201);
  await projected(org);
  return { org, ana, talks };
}

const remove = async ({ org, ana }: Scene, by: Caller = org): Promise<void> => {
  expect((await by.call("DELETE", `/api/agents/${ana.agentId}`)).status).toBe(200);
};

it("keeps the name on what a deleted agent did, also beside a new agent of the same address", async () => {
  const s = await scene();
  const { org, ana } = s;
  await remove(s);
  const again = await org.call("POST", "/api/agents", { email: ana.email, password: PASSWORD, full_name: "Back" });
  expect(again.status).toBe(201);
  expect(again.body.id).not.toBe(ana.agentId);
  const path = `/api/conversations/${s.talks[0].id}`;
  const { body: page } = await org.call("GET", `${path}/messages`);
  const senders = page.messages.map((one: any) => [one.direction, one.sender_agent_id, one.sender_name]);
  expect(senders).toEqual([
    ["inbound", null, null],
    ["outbound", ana.agentId, "Ana Agent"],
    ["outbound", null, null],
  ]);
  const { body: notes } = await org.call("GET", `${path}/notes`);
  expect(notes.data).toMatchObject([{ agent_id: ana.agentId, agent_name: "Ana Agent" }]);
  expect((await org.call("GET", `${path}/csat`)).body).toMatchObject({
    agent_id: ana.agentId,
    agent_name: "Ana Agent",
  });
  await eventuallyListed(org, async () => {
    const { body: surveys } = await org.call("GET", "/api/csat/analytics");
    expect(surveys.by_agent).toMatchObject([{ agent_id: ana.agentId, agent_name: "Ana Agent", sent: 1 }]);
  });
  const figures = async (query = ""): Promise<any[]> => {
    const { body } = await org.call("GET", `/api/analytics/agents${query}`);
    return body.filter((one: any) => one.agent_id !== org.agentId);
  };
  expect(await figures()).toMatchObject([
    {
      agent_id: ana.agentId,
      full_name: "Ana Agent",
      email: null,
      status: "deleted",
      is_online: false,
      period: { messages_sent: 1, conversations_assigned: 2 },
    },
    { agent_id: again.body.id, full_name: "Back", email: ana.email, status: "active", period: { messages_sent: 0 } },
  ]);
  // In a period without her she is in no list.
  expect(await figures("?from=2020-01-01&to=2020-01-31")).toMatchObject([{ agent_id: again.body.id }]);
  const { body: trends } = await org.call("GET", `/api/analytics/trends?agent_id=${ana.agentId}`);
  expect(trends.total.messages_sent).toBe(1);
});

it("tells in the activity log who released which conversations of a deleted agent, and why", async () => {
  const s = await scene();
  const boss = await s.org.agent("admin");
  await remove(s, boss);
  await minute();
  await projected(s.org);
  for (const talk of s.talks) {
    const query = `entity_type=conversation&entity_id=${talk.id}&action=conversation.unassigned`;
    const { body } = await s.org.call("GET", `/api/activity-logs?${query}`);
    expect(body.data).toMatchObject([
      {
        actor_kind: "agent",
        actor_id: boss.agentId,
        actor_name: "Ana Agent",
        entity_id: talk.id,
        changes: {
          reason: "agent_deleted",
          from_agent_id: s.ana.agentId,
          to_agent_id: null,
          contact_id: talk.contact_id,
          contact_name: talk.contact_name,
        },
      },
    ]);
    expect((await s.org.call("GET", `/api/conversations/${talk.id}`)).body.assigned_agent_id).toBeNull();
  }
  // The log alone keeps the address.
  const row = await s.org.tenantDb.prepare("SELECT * FROM agents WHERE id = ?").bind(s.ana.agentId).first();
  expect(JSON.stringify(row)).not.toContain(s.ana.email);
});

it("tells the same of a conversation that is reopened after its agent was deleted", async () => {
  const org = await organization();
  const ana = await org.agent();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: ana.agentId });
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  expect((await org.call("DELETE", `/api/agents/${ana.agentId}`)).status).toBe(200);
  await customerWrites(phoneNumberId, from, "Again");
  // By allocation, or by the minute's sweep.
  await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", "/api/activity-logs?action=conversation.unassigned");
    expect(body.data).toMatchObject([
      { actor_id: org.agentId, entity_id: id, changes: { reason: "agent_deleted", from_agent_id: ana.agentId } },
    ]);
  });
  expect((await org.call("GET", `/api/conversations/${id}`)).body.assigned_agent_id).toBeNull();
});

it("names the key's owner and the suspension where these released a conversation", async () => {
  const { org, ana, talks } = await scene();
  const key = await org.apiKey(org.agentId);
  expect((await key.call("PATCH", `/api/agents/${ana.agentId}`, { status: "suspended" })).status).toBe(200);
  await minute();
  await projected(org);
  const { body } = await org.call("GET", "/api/activity-logs?action=conversation.unassigned");
  const seen = body.data.map((one: any) => [one.actor_kind, one.actor_id, one.entity_id, one.changes.reason]);
  expect(seen).toHaveLength(2);
  expect(seen).toEqual(expect.arrayContaining(talks.map(({ id }) => ["api_key", org.agentId, id, "agent_suspended"])));
});

it("does not find a deleted agent in any operation", async () => {
  const s = await scene();
  const { org, ana, talks } = s;
  const its = await division(org, "Its", [ana.agentId]);
  await remove(s);
  const path = `/api/agents/${ana.agentId}`;
  for (const [method, where, body] of [
    ["GET", path],
    ["PATCH", path, { full_name: "x" }],
    ["PATCH", path, { status: "active" }],
    ["PATCH", `${path}/status`, { is_online: true }],
    ["DELETE", path],
  ] as const)
    expectProblem(await org.call(method, where, body), 404, "agent_not_found");
  expectProblem(
    await org.call("PATCH", `/api/conversations/${talks[0].id}/assign`, { agent_id: ana.agentId }),
    422,
    "assignee_not_found",
  );
  expect((await org.call("POST", `/api/divisions/${its}/agents`, { agent_ids: [ana.agentId] })).status).toBe(422);
  expect(JSON.stringify((await org.call("GET", "/api/agents")).body)).not.toContain(ana.agentId);
  expect((await org.call("GET", `/api/divisions/${its}/agents`)).body).toEqual([]);
  expect((await ana.call("GET", "/api/auth/me")).status).toBe(401);
});
