import type { FailureClass } from "../src/channels/channel";

/** `retry`: again after this. `wait`: no answer came; if no status has come by then either, again. `fail`: not again. */
export type Next = { do: "retry" | "wait"; seconds: number } | { do: "fail" };

const MAX_ATTEMPTS = 30;
const MAX_SECONDS = 300;

/** What a failed send leads to. Pure; the figures are those of the channel's documentation where it gives any. */
export function afterFailure(failure: FailureClass, attempts: number, retryAfterSeconds: number | undefined, reconcileSeconds: number): Next {
  if (attempts >= MAX_ATTEMPTS) return { do: "fail" };
  switch (failure) {
    case "transient":
      return { do: "retry", seconds: retryAfterSeconds ?? Math.min(2 ** (attempts - 1), 30) };
    case "throttled":
      return { do: "retry", seconds: Math.min(retryAfterSeconds ?? 2 ** attempts, MAX_SECONDS) };
    case "pair_throttled":
      // Meta: error 131056, "retry after 4^n seconds".
      return { do: "retry", seconds: Math.min(retryAfterSeconds ?? 4 ** attempts, MAX_SECONDS) };
    case "ambiguous":
      return { do: "wait", seconds: reconcileSeconds };
    default:
      return { do: "fail" };
  }
}
