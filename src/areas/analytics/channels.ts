import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { figuresOf, type Sums } from "./metrics";
import { AnalyticsFigures, Current } from "./model";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { byScope, calendarOf, gauge, type GaugeRow, gaugesOf, type ScopeRow, statusesOf, sumsByScope } from "./store";

const ChannelMetric = z
  .object({
    channel: z.enum(CHANNELS),
    contact_count: Current("Contacts of the channel"),
    conversation_count: Current("Conversations of the channel"),
    open_conversations: Current("Open conversations"),
    pending_conversations: Current("Pending conversations"),
    resolved_conversations: Current("Resolved conversations"),
    period: AnalyticsFigures,
    accounts: z
      .array(
        z
          .object({
            account_id: z.uuid(),
            display_name: z.string(),
            conversation_count: Current("Conversations of the account"),
            open_conversations: Current("Open conversations"),
            pending_conversations: Current("Pending conversations"),
            resolved_conversations: Current("Resolved conversations"),
            period: AnalyticsFigures,
          })
          .openapi("AccountMetric"),
      )
      .openapi({ description: "The same for each connected account of the channel" }),
  })
  .openapi("ChannelMetric");

const Query = z.object(rangeQuery);

export default operation({
  id: "getChannelAnalytics",
  summary: "Per-channel metrics",
  description:
    "All channels and their connected accounts: current totals, and what happened from `from` to `to`, by default in the last 30 days.",
  query: Query,
  response: z.array(ChannelMetric),
  handle: ({ ctx, query }) => getChannelMetrics(ctx, query),
});

interface AccountRow {
  id: string;
  channel: Channel;
  display_name: string;
}

export async function getChannelMetrics(
  ctx: Ctx,
  query: z.output<typeof Query>,
): Promise<z.infer<typeof ChannelMetric>[]> {
  const { today } = await calendarOf(ctx);
  const range = rangeOf(query, today);
  const [accounts, channelGauges, accountGauges, channelSums, accountSums] = await ctx.db.queryAll<
    [AccountRow[], GaugeRow[], GaugeRow[], ScopeRow[], ScopeRow[]]
  >([
    ctx.db.sql("SELECT id, channel, display_name FROM integration_accounts WHERE org_id = ?1 ORDER BY created_at, id"),
    gaugesOf(ctx, "channel"),
    gaugesOf(ctx, "account"),
    sumsByScope(ctx, "channel", range),
    sumsByScope(ctx, "account", range),
  ]);
  const metricOf = (gauges: readonly GaugeRow[], sums: Sums | undefined) => {
    const { total, ...statuses } = statusesOf(gauges);
    return { conversation_count: total, ...statuses, period: figuresOf(sums ?? {}) };
  };
  const of = (rows: readonly GaugeRow[], by: "scope_id" | "channel", id: string) =>
    rows.filter((row) => row[by] === id);
  const [byChannel, byAccount] = [byScope(channelSums), byScope(accountSums)];
  return CHANNELS.map((channel) => ({
    channel,
    contact_count: gauge(of(channelGauges, "scope_id", channel), "contacts"),
    ...metricOf(of(accountGauges, "channel", channel), byChannel.get(channel)),
    accounts: accounts
      .filter((account) => account.channel === channel)
      .map(({ id, display_name }) => ({
        account_id: id,
        display_name,
        ...metricOf(of(accountGauges, "scope_id", id), byAccount.get(id)),
      })),
  }));
}
