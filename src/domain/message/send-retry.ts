import type { FailureClass } from "../../channels/channel";

/** `retry`: again after this. `wait`: no answer came; if no status has come by then either, again. `fail`: not again. */
export type Next = { do: "retry" | "wait"; seconds: number } | { do: "fail" };

/** About a day of an outage. */
const MAX_ATTEMPTS = 3000;
/** What may have arrived is not repeated for as long. */
const MAX_DOUBTS = 10;
const MAX_PAIR_SECONDS = 300;
/** Our own backoff, so that after an outage all is sent within a minute. */
const MAX_OWN_SECONDS = 30;
/** A channel that asks for more is tried again after a day all the same. */
const MAX_ASKED_SECONDS = 86_400;

/** What a failed send leads to. Pure; the figures are those of the channel's documentation where it gives any. */
export function afterFailure(
  failure: FailureClass,
  { attempts, doubts }: { attempts: number; doubts: number },
  retryAfterSeconds: number | undefined,
  reconcileSeconds: number,
): Next {
  if (attempts >= MAX_ATTEMPTS || doubts >= MAX_DOUBTS) return { do: "fail" };
  // Not before the channel wants it, nor at once because it says so.
  const retry = (own: number): Next => ({
    do: "retry",
    seconds: Math.max(own, Math.min(retryAfterSeconds ?? 0, MAX_ASKED_SECONDS)),
  });
  switch (failure) {
    case "transient":
      return retry(Math.min(2 ** (attempts - 1), MAX_OWN_SECONDS));
    case "throttled":
      return retry(Math.min(2 ** attempts, MAX_OWN_SECONDS));
    case "pair_throttled":
      // Meta: error 131056, "retry after 4^n seconds".
      return retry(Math.min(4 ** attempts, MAX_PAIR_SECONDS));
    case "ambiguous":
      return { do: "wait", seconds: reconcileSeconds };
    default:
      return { do: "fail" };
  }
}
