import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { listStatement, oneOfSql, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { several } from "../../kit/several";

const ActivityLog = z
  .object({
    id: z.uuid(),
    actor_kind: z.enum(["agent", "api_key", "system", "customer"]).openapi({
      description:
        "The author of the change. A conversation is released because its agent was suspended or deleted (`changes.reason`) by whoever did that to the agent",
    }),
    actor_id: z
      .uuid()
      .nullable()
      .openapi({ description: "The agent who made the change; for an API key, its owner; null if there was none" }),
    actor_name: z.string().nullable().openapi({ description: "Name of that agent; null if there is none" }),
    action: z.string().openapi({ example: "agent.update" }),
    entity_type: z.string().openapi({ example: "agent" }),
    entity_id: z.string().openapi({ description: "Id of the changed entity" }),
    changes: z.record(z.string(), z.unknown()).openapi({
      description:
        "Changed fields as field → [before, after]; a field with two equal values did not change and identifies the entity. For conversation events, the data of the event",
    }),
    created_at: z.iso.datetime(),
  })
  .openapi("ActivityLog");
const Page = pageOf(ActivityLog).openapi("ActivityLogPage");

const activityQuery = z.object({
  ...pageQuery,
  actor_id: several(z.uuid()).openapi({ description: "Only changes by one of these agents" }),
  action: several(
    z
      .string()
      .regex(/^[a-z_]+\.[a-z_]+$/)
      .max(100),
  ).openapi({ description: "Only these actions, for example `agent.update`" }),
  entity_type: several(
    z
      .string()
      .regex(/^[a-z_]+$/)
      .max(50),
  ).openapi({ description: "Only changes of these types of entities, for example `agent`" }),
  entity_id: z.string().max(64).optional().openapi({ description: "Id of the changed entity; needs `entity_type`" }),
  since: z.iso.datetime().optional().openapi({ description: "Only entries at or after this time" }),
  until: z.iso.datetime().optional().openapi({ description: "Only entries at or before this time" }),
});

export default operation({
  id: "listActivityLogs",
  summary: "List activity logs",
  description: "Lists who changed what, newest first.",
  query: activityQuery,
  response: Page,
  handle: ({ ctx, query }) => listActivity(ctx, query),
});

interface Row {
  id: string;
  actor_kind: z.infer<typeof ActivityLog>["actor_kind"];
  actor_id: string | null;
  actor_name: string | null;
  action: string;
  entity_type: string;
  entity_id: string;
  changes: string;
  created_at: number;
}

export async function listActivity(ctx: Ctx, query: z.output<typeof activityQuery>): Promise<z.infer<typeof Page>> {
  const until = query.until === undefined ? undefined : Date.parse(query.until);
  const given = decodeCursor(query.cursor);
  // One upper bound: with two, SQLite may start at the wrong one and read the pages before.
  const cursor = given && given.at <= (until ?? Infinity) ? given : undefined;
  const params = new Params();
  const bind = (value: string): string => params.of(value);
  const oneOf = (column: string, values: readonly string[] | undefined): string | undefined =>
    values && oneOfSql(column, values, bind);
  const { index, rangeColumn } = accessPath(query);
  const list = listStatement(params, {
    select: `SELECT l.id, l.actor_kind, l.actor_id, a.full_name AS actor_name, l.action, l.entity_type, l.entity_id, l.changes, l.created_at
      FROM activity_logs l INDEXED BY ${index} LEFT JOIN agents a ON a.id = l.actor_id AND a.org_id = l.org_id`,
    where: [
      "l.org_id = ?1",
      oneOf("l.actor_id", rangeColumn === "actor_id" ? undefined : query.actor_id),
      oneOf("l.action", rangeColumn === "action" ? undefined : query.action),
      oneOf("l.entity_type", rangeColumn === "entity_type" ? undefined : query.entity_type),
      query.entity_id === undefined ? undefined : `l.entity_id = ${bind(query.entity_id)}`,
      query.since && `l.created_at >= ${params.of(Date.parse(query.since))}`,
      cursor === undefined && until !== undefined ? `l.created_at <= ${params.of(until)}` : undefined,
    ],
    ranges: rangeColumn && query[rangeColumn]!.map((value) => `l.${rangeColumn} = ${bind(value)}`),
    order: ["l.created_at", "l.id"],
    cursor,
    limit: query.limit,
  });
  const rows = await ctx.db.query<Row>(list.sql, ...list.params);
  return toPage(rows, query.limit, (row) => ({ at: row.created_at, id: row.id }), toActivityLog);
}

/**
 * The most selective index, which is in the list's order for each value of a column. The other conditions filter its
 * rows.
 */
function accessPath(query: z.output<typeof activityQuery>): {
  index: string;
  rangeColumn?: "entity_type" | "actor_id" | "action";
} {
  if (query.entity_type && query.entity_id !== undefined)
    return { index: "idx_activity_logs_org_id_entity", rangeColumn: "entity_type" };
  if (query.actor_id) return { index: "idx_activity_logs_org_id_actor_id", rangeColumn: "actor_id" };
  if (query.action) return { index: "idx_activity_logs_org_id_action", rangeColumn: "action" };
  return { index: "sqlite_autoindex_activity_logs_1" };
}

const toActivityLog = (row: Row): z.infer<typeof ActivityLog> => ({
  ...row,
  changes: JSON.parse(row.changes) as Record<string, unknown>,
  created_at: new Date(row.created_at).toISOString(),
});
