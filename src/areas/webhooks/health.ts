import { z } from "@hono/zod-openapi";
import { GIVE_UP_AFTER_MS } from "../../domain/webhook";
import type { KeptAttempt } from "./record";

/** The health of an endpoint, from the webhook's row. */

const Time = z.iso.datetime();

export const HEALTH = {
  state: z.enum(["healthy", "failing", "resting", "disabled"]).openapi({
    description:
      "`failing`: the last attempt failed; `resting`: the endpoint has asked for rest until `resting_until`; `disabled`: it is switched off; `healthy`: none of these, also before the first attempt",
  }),
  disabled_reason: z.enum(["gone", "failing"]).nullable().openapi({
    description:
      "Why it was switched off: the endpoint answered 410 (`gone`), or failed for five days (`failing`); null if it was not, or by hand",
  }),
  disabled_at: Time.nullable().openapi({ description: "When it was switched off; null while it is on" }),
  consecutive_failures: z.int().openapi({ description: "Failed attempts since the last success" }),
  failing_since: Time.nullable().openapi({ description: "First failed attempt since the last success" }),
  gives_up_at: Time.nullable().openapi({
    description:
      "A failure from then on switches it off, unless an attempt succeeds before; null while none has failed",
  }),
  resting_until: Time.nullable().openapi({
    description:
      "Nothing is sent before, since the endpoint answered 429 or 503 with `Retry-After`; null if it did not",
  }),
};
const Health = z.object(HEALTH);

export interface HealthRow {
  is_active: number;
  disabled_reason: "gone" | "failing" | null;
  disabled_at: number | null;
  consecutive_failures: number;
  failing_since: number | null;
  paused_until: number;
}

/** The columns of a webhook that was just switched on. */
export const HEALTHY = { consecutive_failures: 0, failing_since: null, disabled_reason: null, disabled_at: null };
/** The rest that one address has asked for is not the next one's. */
export const RESTED = { paused_until: 0 };

export function healthOf(row: HealthRow, now: number): z.infer<typeof Health> {
  const { failing_since: failingSince, paused_until: restingUntil } = row;
  const isActive = row.is_active === 1;
  const isResting = isActive && restingUntil > now;
  return {
    state: !isActive ? "disabled" : isResting ? "resting" : failingSince !== null ? "failing" : "healthy",
    disabled_reason: row.disabled_reason,
    disabled_at: time(row.disabled_at),
    consecutive_failures: row.consecutive_failures,
    failing_since: time(failingSince),
    gives_up_at: time(isActive && failingSince !== null ? failingSince + GIVE_UP_AFTER_MS : null),
    resting_until: time(isResting ? restingUntil : null),
  };
}

export const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const Attempt = z.object({
  at: Time,
  delivery_id: z.uuid(),
  http_status: z.int().nullable().openapi({ description: "Null without an answer" }),
  error_message: z.string().nullable().openapi({ description: "Why it failed; null for a success" }),
  response_body: z.string().nullable().openapi({ description: "The first 1,000 characters of the answer" }),
  duration_ms: z.int(),
});

/** `text`: a column with a `KeptAttempt`. */
export function toAttempt(text: string | null): z.infer<typeof Attempt> | null {
  if (text === null) return null;
  const attempt = JSON.parse(text) as KeptAttempt;
  return { ...attempt, at: time(attempt.at)! };
}
