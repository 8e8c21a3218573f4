import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { addUp, figuresOf } from "./metrics";
import { AnalyticsFigures, Current, RangeFields } from "./model";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import {
  calendarOf,
  gauge,
  type GaugeRow,
  gaugesOf,
  sumsByDay,
  type DayRow,
  type ScopeRow,
  statusesOf,
  sumsByScope,
} from "./store";

const OverviewResponse = z
  .object({
    total_conversations: Current("All conversations"),
    open_conversations: Current("Open conversations"),
    pending_conversations: Current("Pending conversations: handled by an AI agent or waiting in a division's queue"),
    resolved_conversations: Current("Resolved conversations"),
    total_contacts: Current("All contacts"),
    total_agents: Current("Agents, including suspended ones"),
    online_agents: Current("Agents who are online, by an open live socket or set online"),
    messages_today: z
      .int()
      .openapi({ description: "Inbound and outbound messages since midnight in the organization's timezone" }),
    resolution_rate: z.number().min(0).max(100).openapi({
      description: "Resolved conversations as a percentage of all conversations (0.0 to 100.0)",
      example: 62.5,
    }),
    unassigned_conversations: Current("Open and pending conversations without an assignee"),
    period: AnalyticsFigures.extend(RangeFields).openapi({ description: "Figures for the range from `from` to `to`" }),
  })
  .openapi("OverviewResponse");

const Query = z.object(rangeQuery);

export default operation({
  id: "getAnalyticsOverview",
  summary: "Dashboard overview KPIs",
  description:
    "Current totals, and what happened in a period: by default the last 30 days. Figures lag about one second behind.",
  query: Query,
  response: OverviewResponse,
  handle: ({ ctx, query }) => getOverview(ctx, query),
});

export async function getOverview(ctx: Ctx, query: z.output<typeof Query>): Promise<z.infer<typeof OverviewResponse>> {
  const { timezone, today } = await calendarOf(ctx);
  const range = rangeOf(query, today);
  const [accounts, channels, org, unassigned, sums, todaySums] = await ctx.db.queryAll<
    [GaugeRow[], GaugeRow[], GaugeRow[], GaugeRow[], ScopeRow[], DayRow[]]
  >([
    gaugesOf(ctx, "account"),
    gaugesOf(ctx, "channel"),
    gaugesOf(ctx, "org"),
    // Unassigned conversations are counted for the agent with the id ''.
    ctx.db.sql("SELECT * FROM gauges WHERE org_id = ?1 AND scope = 'agent' AND scope_id = ''"),
    sumsByScope(ctx, "channel", range),
    sumsByDay(ctx, { from: today, to: today }),
  ]);
  const { total, ...statuses } = statusesOf(accounts);
  const figuresToday = figuresOf(addUp(todaySums));
  return {
    total_conversations: total,
    ...statuses,
    total_contacts: gauge(channels, "contacts"),
    total_agents: gauge(org, "agents"),
    online_agents: gauge(org, "agents_online"),
    messages_today: figuresToday.messages_received + figuresToday.messages_sent,
    resolution_rate: total === 0 ? 0 : Math.round((statuses.resolved_conversations / total) * 1000) / 10,
    unassigned_conversations: gauge(unassigned, "open") + gauge(unassigned, "pending"),
    period: { ...range, timezone, ...figuresOf(addUp(sums)) },
  };
}
