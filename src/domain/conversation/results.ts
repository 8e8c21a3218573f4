import type { ChannelFailure } from "../../channels/channel";
import { SYSTEM } from "../event";
import { climb, STATUS_RANK, type StoredMessage, withAliases } from "../message/state";
import { type ConversationState, type Find, type Outcome, Step } from "./state";
import { newSuppression, shownFailure, suppressionEvent } from "./suppression";
import { statusEvent } from "./updates";

/** Applies the results of sending and of copying files to a conversation. Pure. */

/** Applies the result of an attempt to send. */
export function applySendResult(
  before: ConversationState,
  message: StoredMessage,
  result:
    | { status: "sending"; externalMediaId?: string | undefined }
    | { status: "sent"; externalId: string; aliases?: readonly string[] | undefined }
    | { status: "failed"; failure: ChannelFailure }
    | { status: "queued" },
  find: Find,
  now: number,
): Outcome {
  const step = new Step(before, SYSTEM, now);
  if (result.status === "sending" || result.status === "queued") {
    // These statuses alternate with retries, so there is no event; the message itself shows them.
    const externalId = "externalMediaId" in result ? result.externalMediaId : undefined;
    const media =
      externalId && message.media
        ? { ...message.media, reference: { ...message.media.reference, externalId } }
        : message.media;
    if (STATUS_RANK[message.status] <= STATUS_RANK.sending)
      step.messages.set(message.id, { ...message, status: result.status, media });
    return step.done();
  }
  const known =
    result.status === "sent"
      ? withAliases({ ...message, externalId: message.externalId ?? result.externalId }, result.aliases)
      : message;
  const failure = result.status === "failed" ? result.failure : null;
  const suppression = newSuppression(step.state, message, failure?.suppresses);
  const climbed = climb(known, result.status, now, shownFailure(failure)) ?? known;
  const after: StoredMessage = suppression ? { ...climbed, hasSuppressed: true } : climbed;
  if (after !== message) step.messages.set(after.id, after);
  step.isKept = (after.aliases?.length ?? 0) > (message.aliases?.length ?? 0);
  if (after.status !== message.status) statusEvent(step, after, find);
  if (suppression) suppressionEvent(step, suppression, now);
  return step.done();
}

/** Applies the result of copying a file. */
export function applyFile(before: ConversationState, message: StoredMessage, now: number): Outcome {
  const step = new Step(before, SYSTEM, now);
  step.messages.set(message.id, message);
  step.event("message.updated", { messageId: message.id, data: { reason: "media" } });
  return step.done();
}
