import type { Prepared } from "../src/domain/campaign-sending";
import { OUTCOME_UNKNOWN } from "../src/domain/message/state";
import type { CommandResult } from "../src/domain/object-apis";
import type { RecipientColumns } from "./campaign.row";

/** Turns a decision or a conversation's answer into the changes of a recipient's row. Pure. */

export function withoutMessage(prepared: Exclude<Prepared, { do: "send" }>): RecipientColumns {
  if (prepared.do === "defer") return { due_at: prepared.until };
  const { code, message } = prepared;
  return {
    status: prepared.do === "skip" ? "skipped" : "failed",
    due_at: null,
    error_code: code,
    error_message: message,
  };
}

/** Refusals that say that the person must not be written to. */
const SKIPS: Readonly<Partial<Record<string, string>>> = {
  contact_opted_out: "opted_out",
  frequency_cap: "frequency_cap",
  address_suppressed: "address_suppressed",
};

export function outcomeOf(result: CommandResult<"send">): RecipientColumns {
  if (result.ok) return { status: "queued", due_at: null, message_id: result.answer!._id };
  const { problem, detail, errors } = result;
  const skipped = SKIPS[problem];
  return {
    status: skipped === undefined ? "failed" : "skipped",
    due_at: null,
    error_code: skipped ?? problem,
    error_message: detail ?? errors?.map(({ field, message }) => `${field}: ${message}`).join("; ") ?? problem,
  };
}

const MAX_TRIES = 10;

/** The conversation has not answered so often. */
export const unanswered = (tries: number, againAt: number): RecipientColumns =>
  tries < MAX_TRIES
    ? { due_at: againAt }
    : { status: "failed", due_at: null, error_code: OUTCOME_UNKNOWN, error_message: "The conversation did not answer" };
