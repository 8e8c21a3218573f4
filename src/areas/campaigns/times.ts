import type { Ctx } from "../../domain/context";
import { DAY } from "../../kit/clock";
import { scheduledAtPast, scheduledAtTooFar } from "../scheduled-messages/problems";

const MAX_AHEAD_MS = 366 * DAY;

/** The time in milliseconds. Throws `scheduled_at_past` or `scheduled_at_too_far`. */
export function requireTime(ctx: Ctx, text: string | null): number | null {
  if (text === null) return null;
  const [at, now] = [Date.parse(text), ctx.now()];
  const about = (message: string) => ({ errors: [{ field: "scheduled_at", message }] });
  if (at <= now) throw scheduledAtPast(undefined, about("must be in the future"));
  if (at > now + MAX_AHEAD_MS) throw scheduledAtTooFar(undefined, about("must be within one year"));
  return at;
}
