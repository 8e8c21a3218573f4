import type { CallPhase, ChannelUpdate } from "../channel";
import { defined } from "../json";
import { bodyOf } from "./message-content";
import { isNumber, type OwnNumber, partyOf } from "./party";
import { callPayload, type ContactPayload } from "./payload";

/** Meta: Calling API, the webhook `calls`. */

/** An element of `calls[]`. */
export function callUpdate(
  account: string,
  raw: unknown,
  contacts: readonly ContactPayload[],
  own: OwnNumber,
): ChannelUpdate {
  const parsed = callPayload.safeParse(raw);
  if (!parsed.success) return { kind: "unknown", account, reason: "call_without_id_or_time", raw };
  const { id: externalId, timestamp, start_time, duration, call_recording, ...call } = parsed.data;
  const isOurs =
    call.direction === undefined ? isNumber(call.from, own) : call.direction.toUpperCase() === "BUSINESS_INITIATED";
  const party = isOurs
    ? partyOf({ address: call.to, userId: call.to_user_id, parentUserId: call.to_parent_user_id }, contacts)
    : partyOf({ address: call.from, userId: call.from_user_id, parentUserId: call.from_parent_user_id }, contacts);
  if (party === undefined) return { kind: "unknown", account, reason: "call_without_person", raw };
  const recording = call_recording && bodyOf("audio", call_recording)?.file;
  const wasTaken = start_time !== undefined || duration !== undefined;
  const phase = phaseOf(call.event, isOurs, wasTaken || (isOurs && call.status === "COMPLETED"));
  return {
    kind: "call",
    account,
    ...(isOurs ? { to: party } : { from: party }),
    externalId,
    // A call stands where it began.
    at: start_time ?? timestamp,
    ...defined({ phase, seconds: duration, recording }),
  };
}

function phaseOf(event: string | undefined, isOurs: boolean, wasTaken: boolean): CallPhase | undefined {
  if (event === "connect") return "ringing";
  if (event !== "terminate") return undefined;
  if (wasTaken) return "ended";
  return isOurs ? "unanswered" : "missed";
}

const PHASE_BY_WORD: Record<string, CallPhase> = { RINGING: "ringing", ACCEPTED: "accepted", REJECTED: "rejected" };

/** The phase of a status of type `call`, which only calls of the business have. */
export const callPhaseOf = (status: string): CallPhase | undefined =>
  Object.hasOwn(PHASE_BY_WORD, status) ? PHASE_BY_WORD[status] : undefined;
