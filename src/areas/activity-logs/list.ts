import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";

const ActivityLog = z
  .object({
    id: z.uuid(),
    actor_kind: z.enum(["agent", "api_key", "system", "customer"]).openapi({
      description:
        "Who made the change. A conversation is released because its agent was suspended or deleted (`changes.reason`) by whoever did that to the agent",
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
  actor_id: z.uuid().optional().openapi({ description: "Only changes by this agent" }),
  action: z
    .string()
    .regex(/^[a-z_]+\.[a-z_]+$/)
    .max(100)
    .optional()
    .openapi({ description: "Only this action, for example `agent.update`" }),
  entity_type: z
    .string()
    .regex(/^[a-z_]+$/)
    .max(50)
    .optional()
    .openapi({ description: "Only changes of this type of entity, for example `agent`" }),
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
  const params = new Params();
  const equal = (column: string, value: string | undefined): string | undefined =>
    value === undefined ? undefined : `${column} = ${params.of(value)}`;
  const list = listStatement(params, {
    select: `SELECT l.id, l.actor_kind, l.actor_id, a.full_name AS actor_name, l.action, l.entity_type, l.entity_id, l.changes, l.created_at
      FROM activity_logs l INDEXED BY ${indexFor(query)} LEFT JOIN agents a ON a.id = l.actor_id AND a.org_id = l.org_id`,
    where: [
      "l.org_id = ?1",
      equal("l.actor_id", query.actor_id),
      equal("l.action", query.action),
      equal("l.entity_type", query.entity_type),
      equal("l.entity_id", query.entity_id),
      query.since && `l.created_at >= ${params.of(Date.parse(query.since))}`,
      query.until && `l.created_at <= ${params.of(Date.parse(query.until))}`,
    ],
    order: ["l.created_at", "l.id"],
    cursor: decodeCursor(query.cursor),
    limit: query.limit,
  });
  const rows = await ctx.db.query<Row>(list.sql, ...list.params);
  return toPage(rows, query.limit, (row) => ({ at: row.created_at, id: row.id }), toActivityLog);
}

/** The most selective index in the list's order. The other conditions filter its rows. */
function indexFor(query: z.output<typeof activityQuery>): string {
  if (query.entity_type && query.entity_id) return "idx_activity_logs_org_id_entity";
  if (query.actor_id) return "idx_activity_logs_org_id_actor_id";
  if (query.action) return "idx_activity_logs_org_id_action";
  return "sqlite_autoindex_activity_logs_1";
}

const toActivityLog = (row: Row): z.infer<typeof ActivityLog> => ({
  ...row,
  changes: JSON.parse(row.changes) as Record<string, unknown>,
  created_at: new Date(row.created_at).toISOString(),
});
