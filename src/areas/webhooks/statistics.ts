import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { timeOfId } from "../../domain/webhook";
import { DAY } from "../../kit/clock";
import { Attempt, HEALTH, healthOf, time, toAttempt } from "./health";
import { WebhookPath } from "./model";
import { webhookNotFound } from "./problems";
import { loadWebhook } from "./store";

/** Per lane: the number of rows read does not grow with the backlog. */
const MAX_COUNTED = 1000;
const LANES = ["live", "bulk"] as const;

const Figures = {
  attempts: z.int(),
  successes: z.int(),
  failures: z.int(),
  dead: z.int().openapi({ description: "Deliveries that failed for good" }),
  average_ms: z.int().nullable().openapi({ description: "Mean time of an attempt; null without any" }),
};

const Time = z.iso.datetime();

const Lane = z.object({
  lane: z.enum(LANES).openapi({
    description: "`bulk`: what is recovered, or about messages of campaigns; it lets `live` overtake",
  }),
  waiting: z.int().openapi({
    description: `Deliveries that are still to be made. At most ${MAX_COUNTED} are counted, those that are due first`,
  }),
  oldest_event_at: Time.nullable().openapi({ description: "Time of the oldest event among those that are counted" }),
  next_due_at: Time.nullable().openapi({ description: "When the first of them is due, or has been due since" }),
});

const Statistics = z
  .object({
    webhook_id: z.uuid(),
    ...HEALTH,
    last_success: Attempt.nullable(),
    last_failure: Attempt.nullable(),
    max_per_second: z.int(),
    waiting: z.int().openapi({ description: "Deliveries that are still to be made, of both lanes" }),
    next_attempt_at: Time.nullable().openapi({
      description: "When the next attempt may go out; a time that has passed: as soon as it can. Null if none will",
    }),
    lanes: z.array(Lane).openapi({ description: "Waiting deliveries" }),
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
  description:
    "The endpoint's health, what waits for it, and its attempts: in sum and by day, newest first, without tests and manual resends. Days without attempts are left out.",
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

interface LaneRow {
  waiting: number;
  oldest: string | null;
  next_at: number | null;
}

const WAITING = (lane: 0 | 1): string =>
  `SELECT count(*) AS waiting, min(id) AS oldest, min(next_at) AS next_at FROM (SELECT id, next_at FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at
   WHERE org_id = ?1 AND webhook_id = ?2 AND lane = ${lane} AND next_at IS NOT NULL ORDER BY next_at LIMIT ${MAX_COUNTED})`;

const figuresOf = ({ attempts, successes, dead, duration_ms: ms }: DayRow) => ({
  attempts,
  successes,
  failures: attempts - successes,
  dead,
  average_ms: attempts === 0 ? null : Math.round(ms / attempts),
});

export async function getStatistics(ctx: Ctx, id: string, days: number): Promise<z.infer<typeof Statistics>> {
  const webhook = await loadWebhook(ctx, id);
  const [rows, ...waiting] = await ctx.db.queryAll<[DayRow[], LaneRow[], LaneRow[]]>([
    ctx.db.sql(
      "SELECT day, attempts, successes, dead, duration_ms FROM webhook_days WHERE org_id = ?1 AND webhook_id = ?2 AND day > ?3 ORDER BY day DESC",
      id,
      Math.floor(ctx.now() / DAY) - days,
    ),
    ctx.db.sql(WAITING(0), id),
    ctx.db.sql(WAITING(1), id),
  ]);
  const lanes = waiting.map(([row]) => row!);
  const dueAt = lanes.flatMap(({ next_at: at }) => at ?? []);
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
    ...healthOf(webhook, ctx.now()),
    last_success: toAttempt(webhook.last_success),
    last_failure: toAttempt(webhook.last_failure),
    max_per_second: webhook.max_per_second,
    waiting: lanes.reduce((total, lane) => total + lane.waiting, 0),
    next_attempt_at: time(
      dueAt.length === 0 || webhook.is_active === 0 ? null : Math.max(Math.min(...dueAt), webhook.paused_until),
    ),
    lanes: lanes.map(({ waiting: count, oldest, next_at: at }, lane) => ({
      lane: LANES[lane]!,
      waiting: count,
      oldest_event_at: time(oldest === null ? null : timeOfId(oldest)),
      next_due_at: time(at),
    })),
    success_rate: all.attempts === 0 ? null : Math.round((10_000 * all.successes) / all.attempts) / 100,
    ...figuresOf(all),
    days: rows.map((row) => ({ date: new Date(row.day * DAY).toISOString().slice(0, 10), ...figuresOf(row) })),
  };
}
