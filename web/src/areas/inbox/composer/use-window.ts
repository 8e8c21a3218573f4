import { useNow } from "../../../kit/clock";
import { msUntil } from "../../../live/inbox";
import type { Conversation } from "../../../live/matches";

/** The window for free text, by the server's clock. */
export interface WindowLeft {
  /** undefined: the channel has no window, or the customer has not written yet. */
  ms: number | undefined;
  isClosed: boolean;
  /** In its last hour. */
  isClosing: boolean;
}

const HOUR = 3_600_000;

export function useWindow({
  window_expires_at: until,
  window_status: status,
  contact_channel: channel,
}: Conversation): WindowLeft {
  useNow();
  if (until === null) return { ms: undefined, isClosed: channel !== "email" && status === "expired", isClosing: false };
  const ms = msUntil(until);
  return { ms: Math.max(0, ms), isClosed: ms <= 0, isClosing: ms > 0 && ms < HOUR };
}
