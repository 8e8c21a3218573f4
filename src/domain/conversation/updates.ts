import type { ChannelUpdate, InboundMessage } from "../../channels/channel";
import { defined } from "../../channels/json";
import { CHANNEL_WINDOWS, type WindowRule } from "../window";
import { answerIn, followMessage, rateSurvey } from "../survey";
import { addMessage } from "./add-message";
import { applyCall } from "./call";
import { followCampaign, noteAnswer } from "./campaigns";
import { followWindow } from "./changes";
import { followControl, reportControl } from "./control";
import { applyEcho } from "./echo";
import { edited } from "./edit";
import { applyHistory } from "./history";
import { type Consent, followChoice, marketingEvent } from "./marketing";
import { learnNames } from "./names";
import { newSuppression, shownFailure, suppressionEvent } from "./suppression";
import { isUpTo } from "./up-to";
import { type ConversationState, type Find, type Outcome, Step, showChanged, showLast } from "./state";
import { type ActorRef, SYSTEM } from "../event";
import { type StoredMessage, climb, isReaction, withAliases, withReaction } from "../message/state";
import { partIdOf } from "../message/parts";
import { isSameAddress } from "../identity";

/** Applies the channel's updates to a conversation. Pure. */

const CUSTOMER: ActorRef = { kind: "customer", id: null };

/**
 * An update of the channel; or `answered`: a message arrived to which an earlier message replies. Ids are the
 * channel's.
 */
export type Update = ChannelUpdate | { kind: "answered"; target: string; by: string };

/** A status of an outbound message. Alone it does not begin a conversation. */
export const isReceipt = (update: ChannelUpdate): boolean => update.kind === "status" || update.kind === "watermark";

const BEGINNINGS: ReadonlySet<ChannelUpdate["kind"]> = new Set<ChannelUpdate["kind"]>(["echo", "history", "call"]);

/** A message in either direction or a call begins a conversation, not a message of the channel about the customer. */
export const beginsConversation = (update: ChannelUpdate): boolean =>
  update.kind === "message" ? update.message.type !== "system" : BEGINNINGS.has(update.kind);

/**
 * Applies one update. The caller drops updates that it has seen before; a status may be repeated, since statuses only
 * climb. No events: nothing changed.
 */
export function applyUpdate(
  before: ConversationState,
  update: Update,
  find: Find,
  now: number,
  window: WindowRule = CHANNEL_WINDOWS[before.channel],
  sentUpTo: (at: number) => readonly StoredMessage[] = () => [],
  consent?: Consent,
): Outcome {
  const isOurs = "to" in update && !isReceipt(update);
  const step = new Step(before, isOurs ? SYSTEM : CUSTOMER, now);
  const { state } = step;
  if (update.kind !== "answered" && !isFromGuest(state, update)) learnNames(state, update);
  switch (update.kind) {
    case "message":
      if (update.message.type === "system") record(step, update.message, find);
      else receive(step, update.message, find, window);
      if (consent && !isFromGuest(state, update)) followChoice(step, update.message, window, consent);
      followThread(state, update);
      break;
    case "echo":
      applyEcho(step, update, find, window);
      break;
    case "history":
      applyHistory(step, update, find, window);
      break;
    case "call": {
      const missed = applyCall(step, update, find, window);
      if (missed) receive(step, { ...update, type: "system", content: missed.content }, find, window, missed);
      break;
    }
    case "reaction": {
      const target = find({ externalId: update.target });
      const by = isOurs ? "agent" : "customer";
      // Updates may arrive out of order: the later reaction or removal counts.
      if (!target || target.reactions.some((other) => other.by === by && other.at > update.at)) break;
      step.messages.set(target.id, withReaction(target, { emoji: update.emoji ?? "", by, at: update.at }));
      step.event("message.updated", { messageId: target.id, data: { reason: "reaction" } });
      break;
    }
    case "edit": {
      const target = find({ externalId: update.target });
      if (!target || (target.editedAt ?? 0) > update.at) break;
      change(step, edited(state, target, update));
      step.event("message.updated", { messageId: target.id, data: { reason: "edit" } });
      break;
    }
    case "revoke": {
      for (const target of partsOf(update.target, find)) {
        if (target.revokedAt !== null) continue;
        change(step, { ...target, revokedAt: update.at });
        step.event("message.updated", { messageId: target.id, data: { reason: "revoke" } });
      }
      break;
    }
    case "answered": {
      const [reply, target] = [find({ externalId: update.by }), find({ externalId: update.target })];
      if (!reply || !target) break;
      step.messages.set(reply.id, { ...reply, replyTo: target.id });
      noteAnswer(step, reply, target);
      step.event("message.updated", { messageId: reply.id, data: { reason: "reply_to" } });
      break;
    }
    case "address_changed":
      step.event("conversation.updated", { data: { reason: "address_changed" } });
      record(
        step,
        {
          externalId: update.externalId,
          at: update.at,
          type: "system",
          content: defined({ event: update.event, text: update.text }),
        },
        find,
      );
      step.touch();
      break;
    case "status": {
      const target = find({ externalId: update.externalId, ...(update.messageId && { id: update.messageId }) });
      if (target && update.isWatermark && update.status !== "failed" && update.status !== "sent")
        climbUpTo(step, sentUpTo(target.createdAt), update.status, update.at, find, (one) => isBefore(one, target));
      // That a customer's message was read on the shop's phone is no news of ours.
      if (target?.direction !== "outbound") break;
      const named = withAliases(target, update.aliases);
      const climbed = climb(named, update.status, update.at, shownFailure(update.failure)) ?? named;
      const suppression = newSuppression(state, target, update.suppresses ?? update.failure?.suppresses);
      if (climbed === target && !suppression) break;
      const after: StoredMessage = {
        ...climbed,
        ...(suppression && { hasSuppressed: true as const }),
        externalId: climbed.externalId ?? update.externalId,
        pricing: update.pricing ?? climbed.pricing,
      };
      step.messages.set(after.id, after);
      // An answer finds its conversation by them.
      step.isKept = named !== target;
      if (after.status !== target.status) statusEvent(step, after, find);
      else if (named !== target) step.event("message.updated", { messageId: after.id, data: { reason: "aliases" } });
      if (suppression) suppressionEvent(step, suppression, update.at);
      break;
    }
    case "marketing_choice":
      marketingEvent(step, { opted_out: !update.accepts, source: "customer", at: update.at });
      break;
    case "watermark":
      climbUpTo(step, sentUpTo(update.upTo), update.status, update.at, find, (one) => isUpTo(one, update.upTo));
      break;
    case "thread_control":
      reportControl(step, update.isOurs, Math.min(update.at, now));
      break;
    default:
      break;
  }
  return step.done();
}

/** Raises those of the messages that a watermark includes. */
function climbUpTo(
  step: Step,
  messages: readonly StoredMessage[],
  status: "delivered" | "read",
  at: number,
  find: Find,
  isIncluded: (message: StoredMessage) => boolean,
): void {
  for (const message of messages) {
    const climbed = isIncluded(message) ? climb(message, status, at, null) : undefined;
    if (!climbed || climbed.status === message.status) continue;
    step.messages.set(climbed.id, climbed);
    statusEvent(step, climbed, find);
  }
}

/** Ids sort by time. */
const isBefore = ({ id, direction }: StoredMessage, other: StoredMessage): boolean =>
  direction === "outbound" && id < other.id;

/** Keeps what an answer to the newest message needs. An answer to a program's mail would go to the program. */
function followThread(state: ConversationState, update: Extract<ChannelUpdate, { kind: "message" }>): void {
  const { message, thread } = update;
  if (!thread || state.lastInboundExternalId !== message.externalId) return;
  if (!message.isAutomated || state.thread === null) state.thread = thread.answer;
}

/** Whether another person than the conversation's joins its thread: a colleague in copy, or another address. */
const isFromGuest = (state: ConversationState, update: ChannelUpdate): boolean =>
  update.kind === "message" &&
  update.thread !== undefined &&
  state.address !== null &&
  !isSameAddress(update.from.address, state.address);

/** The customer waits for an answer to a message; or to a call, which is in the thread: `missed`. */
function receive(step: Step, message: InboundMessage, find: Find, window: WindowRule, missed?: StoredMessage): void {
  const { state } = step;
  if (state.seq === 0) step.event("conversation.created");
  // A rating belongs to the cycle that has ended and does not begin one.
  const answer = message.isAutomated ? undefined : answerIn(state, message);
  // A program's message about a finished matter, such as an absence or a bounce, begins no new one.
  const isNotice = message.isAutomated === true && state.status === "resolved";
  if (isNotice) return record(step, message, find);
  if (state.status === "resolved" && !answer) step.reopen("open");
  const stored = missed ?? addMessage(step, "inbound", message, find);
  const at = stored.createdAt;
  // It may come after its answer from the channel's own app.
  const isAnswered = state.lastEchoAt !== null && at < state.lastEchoAt;
  stored.status = isAnswered ? "read" : "received";
  if (!isAnswered) state.unreadCount++;
  // Nobody has to answer a program.
  if (!isAnswered && !answer && !message.isAutomated) state.isUnanswered = true;
  if (at >= (state.lastInboundAt ?? 0)) {
    state.lastInboundAt = at;
    // The channel can be told that a message was read, not a call.
    if (!missed) state.lastInboundExternalId = message.externalId;
    state.isAutomated = message.isAutomated === true;
    state.windowStatus = "open";
  }
  // A channel delivers in another way what another program answers.
  if (message.isStandby) followControl(step, false, at);
  else if (!state.hasControl) followControl(step, true, at);
  // Messages may arrive out of order: the earliest is the first of the cycle, until it is answered.
  if (state.firstAnsweredAt === null) {
    state.firstInboundAt = Math.min(state.firstInboundAt ?? at, at);
    if (isAnswered) state.firstAnsweredAt = state.lastEchoAt;
  }
  showLast(state, stored);
  if (!message.isAutomated) followCampaign(step, stored, message, find);
  step.event("message.received", { messageId: stored.id });
  // A late message may be older than its window.
  if (state.status !== "resolved") followWindow(step, window);
  if (answer) rateSurvey(step, answer.survey.id, { rating: answer.rating, comment: null, via: "reply" });
  step.touch();
}

/** The messages that one message of the channel became: each has one of its files. */
function partsOf(externalId: string, find: Find): StoredMessage[] {
  const parts: StoredMessage[] = [];
  for (let part = find({ externalId }); part; part = find({ externalId: partIdOf(externalId, parts.length + 1) }))
    parts.push(part);
  return parts;
}

/** Replaces a message whose text has changed. */
function change(step: Step, message: StoredMessage): void {
  step.messages.set(message.id, message);
  showChanged(step.state, message);
}

/** Adds a message of the channel about the customer to the thread. It is not unread, and changes nothing else. */
function record(step: Step, message: InboundMessage, find: Find): void {
  const stored = addMessage(step, "inbound", message, find);
  stored.status = "read";
  step.event("message.received", { messageId: stored.id, counts: false });
}

/** Adds the event for a message's new status. A reaction's failure is shown on the message that it is on. */
export function statusEvent(step: Step, message: StoredMessage, find: Find): void {
  if (!isReaction(message)) {
    step.event(message.status === "failed" ? "message.failed" : "message.status", {
      messageId: message.id,
      data: { status: message.status },
    });
    if (message.status === "failed") oweAnswer(step, message);
    followMessage(step, message);
    if (message.failure?.opted_out)
      marketingEvent(step, { opted_out: true, source: "channel", at: message.times.failed ?? step.now }, SYSTEM);
    return;
  }
  const target = find({ id: message.replyTo! });
  const reaction = target?.reactions.find(({ by, at }) => by === "agent" && at === message.createdAt);
  if (!target || !reaction || (reaction.failure ?? null) === message.failure) return;
  step.messages.set(target.id, withReaction(target, { ...reaction, failure: message.failure }));
  step.event("message.updated", { messageId: target.id, data: { reason: "reaction" } });
}

/** A customer who wrote in this cycle waits again if the last word of a person has not arrived. */
function oweAnswer({ state }: Step, { id, senderAgentId, isFromApp }: StoredMessage): void {
  if (
    (senderAgentId !== null || isFromApp) &&
    id === state.lastMessageId &&
    state.firstInboundAt !== null &&
    state.status !== "resolved"
  )
    state.isUnanswered = true;
}
