import { SECOND } from "../../kit/clock";
import type { StoredMessage } from "../message/state";

/** The channel's answer to a send may be this much later, by our clock, than its own time of the message. */
const MAX_ANSWER_DELAY_MS = 30 * SECOND;

/**
 * Whether a watermark includes the message. The channel's time of it is unknown: only the time of its answer is stored,
 * by our clock.
 */
export const isUpTo = ({ direction, status, createdAt, times }: StoredMessage, upTo: number): boolean =>
  direction === "outbound" &&
  (status === "sent" || status === "delivered") &&
  createdAt <= upTo &&
  (times.sent ?? createdAt) <= upTo + MAX_ANSWER_DELAY_MS;
