import { expect, it } from "vitest";
import { organization } from "../harness";

it("says who did what to what, newest first, and is filtered", async () => {
  const org = await organization();
  const agent = await org.agent();
  await org.call("PATCH", `/api/agents/${agent.agentId}`, { full_name: "Ana Baru" });
  const { body } = await org.call("GET", "/api/activity-logs");
  expect(body.data.map((row: any) => row.action)).toEqual(["agent.update", "agent.create", "organization.create"]);
  expect(body.data[0]).toMatchObject({
    actor_id: org.agentId,
    entity_type: "agent",
    entity_id: agent.agentId,
    changes: { full_name: ["Ana Agent", "Ana Baru"] },
  });
  const of = async (query: string): Promise<string[]> =>
    (await org.call("GET", `/api/activity-logs?${query}`)).body.data.map((row: any) => row.action);
  expect(await of("action=agent.create")).toEqual(["agent.create"]);
  expect(await of(`actor_id=${org.agentId}&limit=1`)).toEqual(["agent.update"]);
  expect(await of(`entity_type=agent&entity_id=${agent.agentId}`)).toEqual(["agent.update", "agent.create"]);
  expect(await of("since=2999-01-01T00:00:00Z")).toEqual([]);
  const first = await org.call("GET", "/api/activity-logs?limit=2");
  const second = await org.call("GET", `/api/activity-logs?limit=2&cursor=${first.body.next_cursor}`);
  expect(second.body.data.map((row: any) => row.action)).toEqual(["organization.create"]);
  expect((await agent.call("GET", "/api/activity-logs")).status).toBe(403);
});
