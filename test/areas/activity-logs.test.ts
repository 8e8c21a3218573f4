import { expect, it } from "vitest";
import { clock, MINUTE } from "../../src/kit/clock";
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

it("is filtered by several values, page by page, and reads what it shows", async () => {
  const org = await organization();
  const agent = await org.agent();
  const now = clock.now();
  const rows = Array.from({ length: 1500 }, (_, i) => ({
    id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
    actor: i % 3 === 0 ? agent.agentId : org.agentId,
    action: i % 100 === 0 ? "role.update" : i % 100 === 1 ? "role.delete" : "contact.update",
    type: i % 100 < 2 ? "role" : "contact",
    entity: i % 2 ? "odd" : "even",
    at: now - 60 * MINUTE - Math.floor(i / 4),
  }));
  await org.tenantDb
    .prepare(
      `INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, created_at)
       SELECT value ->> 'id', ?1, 'agent', value ->> 'actor', value ->> 'action', value ->> 'type', value ->> 'entity', value ->> 'at' FROM json_each(?2)`,
    )
    .bind(org.id, JSON.stringify(rows))
    .run();
  const pages = async (query: string): Promise<string[]> => {
    const found: string[] = [];
    for (let cursor = ""; ;) {
      const { body, headers } = await org.call("GET", `/api/activity-logs?limit=10&${query}${cursor}`);
      found.push(...body.data.map((row: any) => row.id));
      const read = Number(/d1_rows_read;desc="(\d+)"/.exec(headers.get("server-timing")!)![1]);
      // A row and its place in an index for an entry and for its actor, also for the next entry of each range. The session.
      expect(read, query).toBeLessThanOrEqual(4 * (10 + 4) + 20);
      if (!body.has_more) return found;
      cursor = `&cursor=${body.next_cursor}`;
    }
  };
  const expected = (wanted: (row: (typeof rows)[number]) => boolean): string[] =>
    rows
      .filter(wanted)
      .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
  expect(await pages("action=role.update&action=role.delete&action=none.such")).toEqual(
    expected(({ type }) => type === "role"),
  );
  expect(await pages("entity_type=role&entity_type=none&entity_id=odd")).toEqual(
    expected(({ type, entity }) => type === "role" && entity === "odd"),
  );
  const both = `actor_id=${agent.agentId}&actor_id=${org.agentId}`;
  expect(await pages(`${both}&until=${new Date(now - 50 * MINUTE).toISOString()}`)).toEqual(expected(() => true));
  const { body } = await org.call("GET", `/api/activity-logs?limit=100&${both}&action=role.update&action=role.delete`);
  expect(body.data.map((row: any) => row.id)).toEqual(expected(({ type }) => type === "role"));
});
