import type { InboundMessage } from "../../channels/channel";
import { isRecord } from "../../channels/json";
import { messageId } from "../ids";
import { firstPartIdOf } from "../message/parts";
import { awaitedMedia, blankMessage, type StoredMessage, withPartIds } from "../message/state";
import type { Find, Step } from "./state";

/** Adds a message of the channel to the thread, in its place by time. Pure. */
export function addMessage(
  step: Step,
  direction: StoredMessage["direction"],
  message: InboundMessage,
  find: Find,
): StoredMessage {
  const { state, now } = step;
  state.messageNumber++;
  // A channel's clock may be ahead of ours.
  const at = Math.min(message.at, now);
  // areas/ingest/files.ts has split messages with several files.
  const [file] = message.files ?? [];
  const firstPartId = firstPartIdOf(message.externalId);
  const stored: StoredMessage = {
    ...blankMessage(
      messageId(at, state.id, state.messageNumber),
      direction,
      message.type,
      message.content,
      at,
      state.cycle,
    ),
    externalId: message.externalId,
    status: "received",
    times: { received: now },
    replyTo: (message.replyTo && find({ externalId: message.replyTo })?.id) ?? null,
    replyToExternalId: message.replyTo ?? null,
    media: file ? awaitedMedia(file) : null,
    raw: message.raw ?? null,
    // The whole message may have been revoked before its further parts are added.
    revokedAt: firstPartId === message.externalId ? null : (find({ externalId: firstPartId })?.revokedAt ?? null),
  };
  if (message.parts) stored.parts = withPartIds(state, stored.id, message.parts);
  step.messages.set(stored.id, stored);
  state.messageCount++;
  const { referral } = message.content;
  if (isRecord(referral) && (state.referral === null || at < state.referralAt))
    Object.assign(state, { referral, referralAt: at });
  return stored;
}
