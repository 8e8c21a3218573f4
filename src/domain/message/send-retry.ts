import type { FailureClass } from "../../channels/channel";
import { DAY } from "../../kit/clock";

/**
 * `retry`: send again after `seconds`. `wait`: the answer was lost; send again if no status has arrived by then.
 * `fail`: give up.
 */
export type Next = { do: "retry" | "wait"; seconds: number } | { do: "fail" };

/** About a day of an outage. */
const MAX_ATTEMPTS = 3000;
/** Attempts whose answer was lost: each may have delivered the message, so they are limited. */
const MAX_LOST_ANSWERS = 10;
const MAX_PAIR_SECONDS = 300;
/** Limit of our own backoff, so that sending resumes soon after an outage. */
const MAX_BACKOFF_SECONDS = 30;
/** A server that defers a mail may refuse whoever hurries. */
const MAX_DEFERRED_SECONDS = 900;
const MAX_DEFERRED_MS = DAY;
/** A quarter of an hour: also a message that has waited for a day behind another one gets it. */
const MIN_DEFERRALS = 11;
/** A longer delay that the channel asks for is cut to a day. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

/** Decides what follows a failed attempt at a message of this age. Pure; limits are from the channel's documentation where it has them. */
export function afterFailure(
  failure: FailureClass,
  { attempts, doubts, ageMs }: { attempts: number; doubts: number; ageMs: number },
  retryAfterSeconds: number | undefined,
  reconcileSeconds: number,
): Next {
  if (attempts >= MAX_ATTEMPTS || doubts >= MAX_LOST_ANSWERS) return { do: "fail" };
  // Never before the time that the channel asks for, and never earlier than our own backoff.
  const retry = (backoff: number): Next => ({
    do: "retry",
    seconds: Math.max(backoff, Math.min(retryAfterSeconds ?? 0, MAX_RETRY_AFTER_SECONDS)),
  });
  switch (failure) {
    case "transient":
      return retry(Math.min(2 ** (attempts - 1), MAX_BACKOFF_SECONDS));
    case "deferred":
      return attempts >= MIN_DEFERRALS && ageMs >= MAX_DEFERRED_MS
        ? { do: "fail" }
        : retry(Math.min(2 ** (attempts - 1), MAX_DEFERRED_SECONDS));
    case "throttled":
      return retry(Math.min(2 ** attempts, MAX_BACKOFF_SECONDS));
    case "pair_throttled":
      // Meta: error 131056, "retry after 4^n seconds".
      return retry(Math.min(4 ** attempts, MAX_PAIR_SECONDS));
    case "ambiguous":
      return { do: "wait", seconds: reconcileSeconds };
    default:
      return { do: "fail" };
  }
}
