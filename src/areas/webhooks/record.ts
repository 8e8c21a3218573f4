import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { GIVE_UP_AFTER_MS } from "../../domain/webhook";
import { DAY } from "../../kit/clock";
import { commit } from "../../kit/commit";
import { arraysOf, fieldOf, ROWS } from "../../kit/rows";
import { forgetSettings } from "../access/settings-of";

/** The outcome of an attempt, as the row has it. */
export interface Outcome {
  id: string;
  status: "success" | "failed" | "dead";
  attempt: number;
  next_at: number | null;
  http_status: number | null;
  response_body: string | null;
  error_message: string | null;
  duration_ms: number;
  /** When the attempt ended. */
  at: number;
}

/** The last attempt that succeeded or failed, as JSON in the webhook's row. */
export interface KeptAttempt {
  at: number;
  delivery_id: string;
  http_status: number | null;
  error_message: string | null;
  /** The first 1,000 characters. */
  response_body: string | null;
  duration_ms: number;
}

const kept = ({ at, id, http_status, error_message, response_body, duration_ms }: Outcome): string =>
  JSON.stringify({
    at,
    delivery_id: id,
    http_status,
    error_message,
    response_body: response_body?.slice(0, 1000) ?? null,
    duration_ms,
  } satisfies KeptAttempt);

const COLUMNS = ["status", "attempt", "next_at", "http_status", "response_body", "error_message", "duration_ms"];

/** In SQL, the columns of an outcome. */
export const OUTCOME = `${COLUMNS.map((column) => `${column} = ${fieldOf(column)}`).join(", ")},
  completed_at = iif(${fieldOf("next_at")} IS NULL, ${fieldOf("at")}, NULL)`;

// A delivery that was resent with success meanwhile has no further attempt.
const RECORD = `UPDATE webhook_deliveries SET ${OUTCOME} FROM ${ROWS}
  WHERE webhook_deliveries.org_id = ?1 AND webhook_deliveries.webhook_id = ?3 AND webhook_deliveries.id = ${fieldOf("id")}
    AND webhook_deliveries.next_at IS NOT NULL`;

const POSTPONE = `UPDATE webhook_deliveries SET next_at = ${fieldOf("next_at")} FROM ${ROWS}
  WHERE webhook_deliveries.org_id = ?1 AND webhook_deliveries.webhook_id = ?3 AND webhook_deliveries.id = ${fieldOf("id")}
    AND webhook_deliveries.next_at IS NOT NULL`;

const HEALTH = `UPDATE webhooks SET last_triggered_at = ?3, last_success = coalesce(?4, last_success), last_failure = coalesce(?8, last_failure),
    consecutive_failures = iif(?4 IS NULL, consecutive_failures, 0) + ?5,
    failing_since = iif(?4 IS NULL, coalesce(failing_since, ?6), ?6), paused_until = ?7
  WHERE org_id = ?1 AND id = ?2 RETURNING failing_since`;

const COUNT = `INSERT INTO webhook_days (org_id, webhook_id, day, attempts, successes, dead, duration_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, successes = successes + excluded.successes,
    dead = dead + excluded.dead, duration_ms = duration_ms + excluded.duration_ms`;

/**
 * Writes outcomes, in the order of their ends, with the webhook's health, and postponed deliveries. `pausedUntil`: the
 * time until which the endpoint asks for rest. Returns whether the webhook has failed for so long that it is to be
 * switched off.
 */
export async function recordOutcomes(
  ctx: Ctx,
  webhookId: string,
  outcomes: readonly Outcome[],
  postponed: readonly { id: string; next_at: number }[],
  pausedUntil: number,
): Promise<boolean> {
  const { db } = ctx;
  const last = outcomes.at(-1);
  const lastSuccess = outcomes.findLast(({ status }) => status === "success");
  const lastFailure = outcomes.findLast(({ status }) => status !== "success");
  const failures = outcomes.slice(lastSuccess ? outcomes.lastIndexOf(lastSuccess) + 1 : 0);
  const count = (status: Outcome["status"]): number => outcomes.filter((one) => one.status === status).length;
  const results = await db.batch([
    ...(postponed.length > 0 ? [db.sql(POSTPONE, JSON.stringify(postponed), webhookId)] : []),
    ...(last
      ? [
          ...arraysOf(outcomes.map((outcome) => JSON.stringify(outcome))).map((array) =>
            db.sql(RECORD, array, webhookId),
          ),
          db.sql(
            COUNT,
            webhookId,
            Math.floor(last.at / DAY),
            outcomes.length,
            count("success"),
            count("dead"),
            outcomes.reduce((sum, one) => sum + one.duration_ms, 0),
          ),
          db.sql(
            HEALTH,
            webhookId,
            last.at,
            lastSuccess ? kept(lastSuccess) : null,
            failures.length,
            failures[0]?.at ?? null,
            pausedUntil,
            lastFailure ? kept(lastFailure) : null,
          ),
        ]
      : []),
  ]);
  const [health] = (last ? results.at(-1)!.results : []) as { failing_since: number | null }[];
  return health?.failing_since != null && ctx.now() - health.failing_since >= GIVE_UP_AFTER_MS;
}

/** Switches a webhook off and tells of it, once. */
export async function disableWebhook(ctx: Ctx, webhookId: string, reason: "gone" | "failing"): Promise<void> {
  const [row] = await ctx.db.query<{ name: string }>(
    "SELECT name FROM webhooks WHERE org_id = ?1 AND id = ?2 AND is_active = 1",
    webhookId,
  );
  if (!row) return;
  const write = ctx.db.sql(
    "UPDATE webhooks SET is_active = 0, disabled_reason = ?3, disabled_at = ?4, updated_at = ?4 WHERE org_id = ?1 AND id = ?2 AND is_active = 1",
    webhookId,
    reason,
    ctx.now(),
  );
  const changes = { name: [row.name, row.name], is_active: [true, false], disabled_reason: [null, reason] };
  await commit(ctx, { write: [write], events: [happened("webhook.disabled", webhookId, changes)], mustChange: true });
  forgetSettings();
}
