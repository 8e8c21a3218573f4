import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { DAY } from "../../kit/clock";
import { WebhookPath } from "./model";
import { webhookNotFound } from "./problems";
import { loadWebhook } from "./store";

const MAX_COUNTED = 10_000;

const Figures = {
  attempts: z.int(),
  successes: z.int(),
  failures: z.int(),
  dead: z.int().openapi({ description: "Deliveries that failed for good" }),
  average_ms: z.int().nullable().openapi({ description: "Mean time of an attempt; null without any" }),
};

const Statistics = z
  .object({
    webhook_id: z.uuid(),
    waiting: z.int().openapi({ description: "Deliveries that are still to be made; at most 10,000 are counted" }),
    oldest_waiting_at: z.iso.datetime().nullable().openapi({ description: "When the next of them is due" }),
    success_rate: z.number().nullable().openapi({ description: "Percent of attempts; null without any" }),
    ...Figures,
    days: z.array(z.object({ date: z.iso.date().openapi({ description: "In UTC" }), ...Figures })),
  })
  .openapi("WebhookStatistics");

const Query = z.object({
  days: z.coerce.number().int().min(1).max(30).default(7).openapi({ description: "Number of days up to today" }),
});

export default operation({
  id: "getWebhookStatistics",
  summary: "Get the statistics of a webhook",
  description: "Attempts by day, newest first, without tests and manual resends; days without any are left out.",
  params: WebhookPath,
  query: Query,
  response: Statistics,
  problems: [webhookNotFound],
  handle: ({ ctx, params, query }) => getStatistics(ctx, params.id, query.days),
});

interface DayRow {
  day: number;
  attempts: number;
  successes: number;
  dead: number;
  duration_ms: number;
}

const figuresOf = ({ attempts, successes, dead, duration_ms: ms }: DayRow) => ({
  attempts,
  successes,
  failures: attempts - successes,
  dead,
  average_ms: attempts === 0 ? null : Math.round(ms / attempts),
});

export async function getStatistics(ctx: Ctx, id: string, days: number): Promise<z.infer<typeof Statistics>> {
  await loadWebhook(ctx, id);
  const [rows, [waiting]] = await ctx.db.queryAll<[DayRow[], { n: number; at: number | null }[]]>([
    ctx.db.sql(
      "SELECT day, attempts, successes, dead, duration_ms FROM webhook_days WHERE org_id = ?1 AND webhook_id = ?2 AND day > ?3 ORDER BY day DESC",
      id,
      Math.floor(ctx.now() / DAY) - days,
    ),
    ctx.db.sql(
      `SELECT count(*) AS n, min(next_at) AS at FROM (SELECT next_at FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at
       WHERE org_id = ?1 AND webhook_id = ?2 AND lane IN (0, 1) AND next_at IS NOT NULL LIMIT ${MAX_COUNTED})`,
      id,
    ),
  ]);
  const sum = (field: keyof DayRow): number => rows.reduce((total, row) => total + row[field], 0);
  const all = {
    day: 0,
    attempts: sum("attempts"),
    successes: sum("successes"),
    dead: sum("dead"),
    duration_ms: sum("duration_ms"),
  };
  return {
    webhook_id: id,
    waiting: waiting!.n,
    oldest_waiting_at: waiting!.at === null ? null : new Date(waiting!.at).toISOString(),
    success_rate: all.attempts === 0 ? null : Math.round((10_000 * all.successes) / all.attempts) / 100,
    ...figuresOf(all),
    days: rows.map((row) => ({ date: new Date(row.day * DAY).toISOString().slice(0, 10), ...figuresOf(row) })),
  };
}
