import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { figuresOf } from "./metrics";
import { AGENT_STATUSES } from "../agents/model";
import { AnalyticsFigures, Current } from "./model";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { byScope, calendarOf, type GaugeRow, gaugesOf, type ScopeRow, statusesOf, sumsByScope } from "./store";

const AgentMetric = z
  .object({
    agent_id: z.uuid(),
    full_name: z.string(),
    email: z.string().nullable().openapi({ description: "null for a deleted agent" }),
    status: z.enum(AGENT_STATUSES),
    is_online: z.boolean().openapi({ description: "Whether the agent is online now" }),
    open_conversations: Current("Open conversations assigned to the agent"),
    resolved_conversations: Current("Resolved conversations assigned to the agent"),
    total_conversations: Current("All conversations assigned to the agent"),
    pending_conversations: Current("Pending conversations assigned to the agent"),
    period: AnalyticsFigures,
  })
  .openapi("AgentMetric");

const Query = z.object(rangeQuery);

export default operation({
  id: "getAgentAnalytics",
  summary: "Per-agent workload metrics",
  description:
    "All agents, sorted by name: the current workload, and what the agent did from `from` to `to`, by default in the last 30 days. Deleted agents are included if they did something in that time.",
  query: Query,
  response: z.array(AgentMetric),
  handle: ({ ctx, query }) => getAgentMetrics(ctx, query),
});

interface AgentRow {
  id: string;
  full_name: string;
  email: string | null;
  status: (typeof AGENT_STATUSES)[number];
  is_online: number;
}

export async function getAgentMetrics(ctx: Ctx, query: z.output<typeof Query>): Promise<z.infer<typeof AgentMetric>[]> {
  const { today } = await calendarOf(ctx);
  const [people, gauges, sums] = await ctx.db.queryAll<[AgentRow[], GaugeRow[], ScopeRow[]]>([
    ctx.db.sql(
      `SELECT id, full_name, email, status, status = 'active' AND is_present AS is_online
         FROM agents WHERE org_id = ?1 ORDER BY full_name, id`,
    ),
    gaugesOf(ctx, "agent"),
    sumsByScope(ctx, "agent", rangeOf(query, today)),
  ]);
  const gaugesById = Map.groupBy(gauges, (row) => row.scope_id);
  const sumsById = byScope(sums);
  const shown = people.filter(({ id, status }) => status !== "deleted" || sumsById.has(id));
  return shown.map(({ id, full_name, email, status, is_online }) => {
    const { total, ...statuses } = statusesOf(gaugesById.get(id) ?? []);
    return {
      agent_id: id,
      full_name,
      email,
      status,
      is_online: is_online === 1,
      ...statuses,
      total_conversations: total,
      period: figuresOf(sumsById.get(id) ?? {}),
    };
  });
}
