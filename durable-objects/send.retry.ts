import type { FailureClass } from "../src/channels/channel";

/** `retry`: again after this. `wait`: no answer came; if no status has come by then either, again. `fail`: not again. */
export type Next = { do: "retry" | "wait"; seconds: number } | { do: "fail" };

/** About a day of an outage. */
const MAX_ATTEMPTS = 3000;
/** What may have arrived is not repeated for as long. */
const MAX_DOUBTS = 10;
const MAX_SECONDS = 300;
/** Without a word of the channel's, so that after an outage all is sent within a minute. */
const MAX_OWN_SECONDS = 30;

/** What a failed send leads to. Pure; the figures are those of the channel's documentation where it gives any. */
export function afterFailure(
  failure: FailureClass,
  { attempts, doubts }: { attempts: number; doubts: number },
  retryAfterSeconds: number | undefined,
  reconcileSeconds: number,
): Next {
  if (attempts >= MAX_ATTEMPTS || doubts >= MAX_DOUBTS) return { do: "fail" };
  switch (failure) {
    case "transient":
      return { do: "retry", seconds: Math.min(retryAfterSeconds ?? Math.min(2 ** (attempts - 1), MAX_OWN_SECONDS), MAX_SECONDS) };
    case "throttled":
      return { do: "retry", seconds: Math.min(retryAfterSeconds ?? Math.min(2 ** attempts, MAX_OWN_SECONDS), MAX_SECONDS) };
    case "pair_throttled":
      // Meta: error 131056, "retry after 4^n seconds".
      return { do: "retry", seconds: Math.min(retryAfterSeconds ?? 4 ** attempts, MAX_SECONDS) };
    case "ambiguous":
      return { do: "wait", seconds: reconcileSeconds };
    default:
      return { do: "fail" };
  }
}
