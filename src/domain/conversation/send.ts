import { textOf } from "../../channels/json";
import { type WindowRule, windowStatusAt } from "../window";
import { messageId } from "../ids";
import { assign, lookAtSla, secondsBetween, setStatus } from "./changes";
import { type ConversationState, showLast, type Step } from "./state";
import type { ActorRef } from "../event";
import {
  blankMessage,
  type FileToSend,
  mediaIdOf,
  type NewMessage,
  type StoredMedia,
  type StoredMessage,
  withReaction,
} from "../message/state";

/** A message or a reaction of ours: what it does to the conversation before it leaves. Pure. */

/** Undefined: the window is closed. A message of the system neither begins a cycle nor counts as a person's answer. `byHand`: a person sends it now. */
export function send(
  step: Step,
  message: NewMessage,
  window: WindowRule,
  actor: ActorRef,
  byHand = false,
): StoredMessage | undefined {
  const { state, now } = step;
  if (isClosedFor(message, state, window, now)) return undefined;
  if (actor.kind !== "system") setStatus(step, "open");
  // Who answers what waits in a queue has it; otherwise allocation would give it to another, and two would answer.
  if (byHand && state.divisionId !== null && state.assignedAgentId === null) assign(step, actor.id);
  const stored = outbound(step, message, actor);
  if (message.file) stored.media = sentFile(mediaIdOf(state, stored.id), message.file);
  state.messageCount++;
  showLast(state, stored);
  const seconds = firstAnswerSeconds(state, actor, now);
  if (seconds !== undefined) state.firstAnsweredAt = now;
  step.event("message.queued", { messageId: stored.id, actor, ...(seconds !== undefined && { seconds }) });
  if (seconds !== undefined) lookAtSla(step, state.sla.plan);
  step.touch();
  return stored;
}

/** Seen on the message that it is on, at once; what carries it to the channel is sent as messages are. Nothing else comes of it. */
export function react(
  step: Step,
  { message, target }: { message: NewMessage; target: StoredMessage },
  window: WindowRule,
  actor: ActorRef,
): boolean {
  if (isClosedFor(message, step.state, window, step.now)) return false;
  outbound(step, message, actor);
  step.messages.set(
    target.id,
    withReaction(target, { emoji: textOf(message.content.emoji) ?? "", by: "agent", at: step.now }),
  );
  step.event("message.updated", { messageId: target.id, data: { reason: "reaction" } });
  return true;
}

const isClosedFor = (message: NewMessage, state: ConversationState, window: WindowRule, now: number): boolean =>
  message.type !== "template" && window.blocksText && windowStatusAt(state.lastInboundAt, window, now) === "expired";

/** A message of ours that is to leave. */
function outbound(step: Step, message: NewMessage, actor: ActorRef): StoredMessage {
  const { state, now } = step;
  state.messageNumber++;
  const stored: StoredMessage = {
    ...blankMessage(
      messageId(now, state.id, state.messageNumber),
      "outbound",
      message.type,
      message.content,
      now,
      state.cycle,
    ),
    replyTo: message.replyTo,
    senderAgentId: actor.id,
    times: { queued: now },
  };
  step.messages.set(stored.id, stored);
  return stored;
}

function sentFile(id: string, { r2Key, mimeType, fileName, fileSize }: FileToSend): StoredMedia {
  // The channel's id of it comes with the first try to send.
  const reference = { externalId: "", mimeType, fileName };
  return { reference, state: "stored", id, attempts: 0, mimeType, fileSize, r2Key };
}

/** How long the cycle's customer waited, if this is a person's first answer; undefined if it is not, or nobody has asked yet. */
function firstAnswerSeconds(state: ConversationState, actor: ActorRef, now: number): number | undefined {
  if (actor.kind === "system" || state.firstInboundAt === null || state.firstAnsweredAt !== null) return undefined;
  return secondsBetween(state.firstInboundAt, now);
}
