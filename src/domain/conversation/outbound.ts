import type { KeptPart } from "../../channels/channel";
import { textOf } from "../../channels/json";
import { HOUR } from "../../kit/clock";
import { type WindowRule, windowStatusAt } from "../window";
import { messageId } from "../ids";
import { keepCampaign } from "./campaigns";
import { assign, beginWithoutWindow, lookAtSla, markAllRead, secondsBetween, setStatus } from "./changes";
import { type ConversationState, showLast, type Step } from "./state";
import type { ActorRef } from "../event";
import {
  blankMessage,
  type FileToSend,
  mediaIdOf,
  type NewMessage,
  type StoredMedia,
  type StoredMessage,
  withPartIds,
  withReaction,
} from "../message/state";

/** Outbound messages and reactions: what queueing one does to the conversation. Pure. */

/**
 * Queues a message for the channel; undefined if the window is closed, another program controls the thread, or a program
 * would answer a program, which might go on for ever. A message of the system neither begins a cycle
 * nor counts as a person's answer. `byHand`: a person sends it now.
 */
export function queueMessage(
  step: Step,
  message: NewMessage,
  window: WindowRule,
  actor: ActorRef,
  byHand = false,
): StoredMessage | undefined {
  const { state, now } = step;
  if (isClosedFor(message, state, window, now, actor) || (actor.kind === "system" && state.isAutomated))
    return undefined;
  begin(step, window, actor);
  if (actor.kind !== "system") {
    setStatus(step, "open");
    state.isUnanswered = false;
  }
  // An agent who answers a queued conversation is assigned to it. Otherwise allocation would assign it to another
  // agent, and two would answer.
  if (byHand && state.divisionId !== null && state.assignedAgentId === null) assign(step, actor.id);
  if (byHand) markAllRead(state);
  const stored = outbound(step, message, actor);
  if (message.file) stored.media = sentFile(mediaIdOf(state, stored.id), message.file);
  if (message.attachments) stored.parts = withPartIds(state, stored.id, message.attachments.map(sentPart));
  keepCampaign(step, stored);
  state.messageCount++;
  showLast(state, stored);
  const seconds = actor.kind === "system" ? undefined : firstAnswerSeconds(state, now);
  if (seconds !== undefined) state.firstAnsweredAt = now;
  step.event("message.queued", { messageId: stored.id, actor, ...(seconds !== undefined && { seconds }) });
  if (seconds !== undefined) lookAtSla(step, state.sla.plan);
  step.touch();
  return stored;
}

/**
 * Begins a conversation with somebody who has not written. One that the system begins is resolved and has no cycle, so
 * that nobody waits; the customer's answer begins one.
 */
function begin(step: Step, window: WindowRule, actor: ActorRef): void {
  const { state, now } = step;
  if (state.seq > 0) return;
  if (actor.kind !== "system") return beginWithoutWindow(step, window);
  Object.assign(state, { status: "resolved", cycle: 0, windowStatus: windowStatusAt(null, window, now) });
}

/**
 * Queues a reaction, which is shown on its target at once; undefined if the window is closed. Nothing else of the
 * conversation changes.
 */
export function queueReaction(
  step: Step,
  message: NewMessage,
  target: StoredMessage,
  window: WindowRule,
): StoredMessage | undefined {
  if (isClosedFor(message, step.state, window, step.now, step.actor)) return undefined;
  const stored = outbound(step, { ...message, replyTo: target.id }, step.actor);
  step.messages.set(
    target.id,
    withReaction(target, { emoji: textOf(message.content.emoji) ?? "", by: "agent", at: step.now }),
  );
  step.event("message.updated", { messageId: target.id, data: { reason: "reaction" } });
  return stored;
}

function isClosedFor(
  { type }: NewMessage,
  { lastInboundAt, hasControl }: ConversationState,
  window: WindowRule,
  now: number,
  actor: ActorRef,
): boolean {
  if (!hasControl) return true;
  if (type === "template" || !window.blocksText || windowStatusAt(lastInboundAt, window, now) !== "expired")
    return false;
  const hours = actor.kind === "agent" ? (window.humanAgentHours ?? 0) : 0;
  return lastInboundAt === null || now >= lastInboundAt + hours * HOUR;
}

/** Creates a message, which is sent once the outcome is committed. */
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
    senderName: message.senderName ?? null,
    ...(message.clientKey !== undefined && { clientKey: message.clientKey }),
    times: { queued: now },
    ...(message.campaign && { campaign: message.campaign }),
  };
  step.messages.set(stored.id, stored);
  step.outgoing.push(stored);
  return stored;
}

const sentPart = ({ r2Key, mimeType, fileName, fileSize, contentId }: FileToSend): KeptPart => ({
  role: contentId === undefined ? "attachment" : "inline",
  r2Key,
  mimeType,
  fileName,
  sizeBytes: fileSize,
  ...(contentId !== undefined && { contentId }),
});

function sentFile(id: string, { r2Key, mimeType, fileName, fileSize }: FileToSend): StoredMedia {
  // The first attempt to send sets the channel's id.
  const reference = { externalId: "", mimeType, fileName };
  return { reference, state: "stored", id, attempts: 0, mimeType, fileSize, r2Key };
}

/**
 * Seconds that the customer waited for a person's answer of this time, if it is the cycle's first; undefined if it is
 * not, or the customer had not written by then.
 */
export function firstAnswerSeconds(
  { firstInboundAt, firstAnsweredAt }: Pick<ConversationState, "firstInboundAt" | "firstAnsweredAt">,
  at: number,
): number | undefined {
  if (firstInboundAt === null || firstAnsweredAt !== null || at < firstInboundAt) return undefined;
  return secondsBetween(firstInboundAt, at);
}
