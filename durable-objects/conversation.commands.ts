import type { Content, MessageType } from "../src/channels/channel";
import type { Values } from "../src/areas/quick-replies/variables";
import { type WindowRule, windowClosesAt, windowStatusAt } from "../src/channels/window";
import { textOf } from "../src/channels/json";
import { messageId } from "../src/kit/id";
import { type Rating, rateSurvey, requestSurvey } from "./survey.state";
import { BREACH_TYPES, type BreachKey, judged, type Sla, type SlaPlan } from "./sla.state";
import {
  type ActorRef,
  type ConversationState,
  type ConversationStatus,
  type FileToSend,
  type MeasuredCycle,
  type Outcome,
  type Refusal,
  Step,
  type StoredMedia,
  type StoredMessage,
  blankMessage,
  cycleOf,
  mediaIdOf,
  showLast,
  SYSTEM,
  withReaction,
} from "./conversation.state";

/** What somebody asks of a conversation, and what that does to it. Pure. */

export interface NewMessage {
  type: MessageType;
  content: Content;
  replyTo: string | null;
  /** What `content.media_id` names. */
  file?: FileToSend;
}

export type Command =
  // `values`: of the variables in its text that the conversation does not know itself; without them the text is sent as it stands.
  // `isScheduled`: whoever wrote it is not there now.
  | { kind: "send"; message: NewMessage; values?: Pick<Values, "agent.name" | "org.name">; isScheduled?: boolean }
  /** What `send` of a reaction comes to, when the object has found the message that it is on. */
  | { kind: "react"; message: NewMessage; target: StoredMessage }
  | { kind: "assign"; agentId: string | null }
  | { kind: "takeover" }
  /** Of the allocation: only if it still waits in this division. */
  | { kind: "allocate"; agentId: string; divisionId: string }
  /** The division does not exist any more. */
  | { kind: "leave_division"; divisionId: string }
  | { kind: "transfer"; toAgentId: string | null; toDivisionId: string | null; note: string | null }
  | { kind: "rename_contact"; name: string | null }
  | { kind: "set_status"; status: ConversationStatus }
  | { kind: "set_tags"; tags: string[] }
  | { kind: "add_tags"; tags: string[] }
  | { kind: "remove_tags"; tags: string[] }
  | { kind: "mark_read" }
  /** Looks whether the window for free text closes or has closed, and resolves what is to be resolved then. */
  | { kind: "expire" }
  /** What is asked of a cycle with these facts, by this version of the settings; and looks whether something is due. */
  | { kind: "sla"; facts: MeasuredCycle; plan: SlaPlan | null; version: number }
  | { kind: "request_survey"; cycle: number; ask: NewMessage }
  | { kind: "rate_survey"; surveyId: string; rating: Rating };

/** What somebody asks of a conversation. No events: it is so already. */
export function applyCommand(before: ConversationState, command: Command, actor: ActorRef, window: WindowRule, now: number): Outcome | Refusal {
  const step = new Step(before, actor, now);
  const { state } = step;
  switch (command.kind) {
    case "send":
    case "react":
      if (
        !(command.kind === "react"
          ? react(step, command, window, actor)
          : send(step, command.message, window, actor, actor.kind === "agent" && !command.isScheduled))
      ) {
        return {
          problem: "conversation_window_closed",
          detail: `the customer's last message is more than ${window.windowHours} hours old; a template may still be sent`,
        };
      }
      break;
    case "assign":
      assign(step, command.agentId);
      break;
    case "takeover":
      if (before.status === "resolved") return { problem: "conversation_resolved" };
      transfer(step, actor.id, state.divisionId, null);
      setStatus(step, "open");
      state.aiEpoch = before.aiEpoch + 1;
      break;
    case "transfer":
      if (before.status === "resolved") return { problem: "conversation_resolved" };
      transfer(step, command.toAgentId, command.toDivisionId ?? before.divisionId, command.note);
      if (step.events.length === 0) return { problem: "transfer_to_self" };
      break;
    case "allocate":
      if (before.divisionId === command.divisionId && before.assignedAgentId === null && before.status !== "resolved") assign(step, command.agentId);
      break;
    case "leave_division":
      if (before.divisionId !== command.divisionId) break;
      transfer(step, before.assignedAgentId, null, null);
      if (state.status === "pending") setStatus(step, "open");
      break;
    case "rename_contact":
      if (before.givenName !== command.name) {
        state.givenName = command.name;
        step.event("conversation.updated", { data: { reason: "contact" } });
      }
      break;
    case "set_status":
      setStatus(step, command.status);
      break;
    case "set_tags":
      setTags(step, command.tags);
      break;
    case "add_tags":
      setTags(step, [...before.tags, ...command.tags]);
      if (state.tags.length > MAX_TAGS) return { problem: "conversation_too_many_tags", detail: `at most ${MAX_TAGS} tags` };
      break;
    case "remove_tags": {
      const gone = new Set(command.tags.map(sameTag));
      setTags(
        step,
        before.tags.filter((tag) => !gone.has(sameTag(tag))),
      );
      break;
    }
    case "mark_read":
      if (state.unreadCount > 0) {
        state.unreadCount = 0;
        state.readUpTo = state.messageNumber;
        step.event("conversation.read");
      }
      break;
    case "expire":
      lookAtWindow(step, window);
      break;
    case "sla":
      // Too late for a cycle that is over: D1 has closed it.
      if (command.facts.cycle < before.cycle || command.version < before.sla.version) break;
      if (!sameStart(command.facts, cycleOf(before))) return { problem: "sla_facts_changed" };
      if (!lookAtSla(step, command.plan, command.version) && saysOther(state.sla, before.sla)) {
        step.event("conversation.updated", { data: { reason: "sla" } });
      }
      break;
    case "request_survey": {
      const refusal = requestSurvey(step, command.cycle, command.ask, () => send(step, command.ask, window, SYSTEM));
      if (refusal) return refusal;
      break;
    }
    case "rate_survey": {
      const refusal = rateSurvey(step, command.surveyId, command.rating);
      if (refusal) return refusal;
      break;
    }
  }
  // The new cycle starts with the window as it is now. Otherwise one that closed during an earlier cycle would be announced again.
  if (state.cycle !== before.cycle) state.windowStatus = windowStatusAt(state.lastInboundAt, window, now);
  return step.done();
}

function lookAtWindow(step: Step, window: WindowRule): void {
  const { state, now } = step;
  if (state.status === "resolved") return;
  const [was, is] = [state.windowStatus, windowStatusAt(state.lastInboundAt, window, now)];
  if (is !== was) {
    state.windowStatus = is;
    const expiresAt = windowClosesAt(state.lastInboundAt, window);
    if (is === "open") step.event("conversation.updated", { data: { reason: "window" } });
    else step.event(`window.${is}`, { data: { window_expires_at: new Date(expiresAt!).toISOString() } });
  }
  // A message that the channel delivered late finds its window closed. People have as long as a window is open to see it, as after
  // everything else that happens in a conversation.
  const isDue = state.updatedAt + window.windowHours * 3_600_000 <= now;
  if (is === "expired" && window.autoResolve && isDue) setStatus(step, "resolved");
}

/** Whether deadlines that were computed from these facts are those of the others. */
const sameStart = (a: MeasuredCycle, b: MeasuredCycle): boolean =>
  a.cycle === b.cycle && a.divisionId === b.divisionId && a.openedAt === b.openedAt && a.firstInboundAt === b.firstInboundAt;

const saysOther = (a: Sla, b: Sla): boolean =>
  a.firstResponse !== b.firstResponse || a.resolution !== b.resolution || JSON.stringify(a.plan) !== JSON.stringify(b.plan);

/** Judges the clocks by a plan. True if there was something to say: a warning, a breach. */
function lookAtSla(step: Step, plan: SlaPlan | null, version = step.state.sla.version): boolean {
  const { state } = step;
  const before = state.sla;
  state.sla = { ...judged(plan, before, cycleOf(state), step.now), version };
  let said = false;
  for (const key of Object.keys(BREACH_TYPES) as BreachKey[]) {
    const [status, target] = [state.sla[key], plan?.[key]];
    if (status === before[key] || !target || (status !== "warning" && status !== "breached")) continue;
    step.event(`sla.${status}`, {
      data: {
        breach_type: BREACH_TYPES[key],
        policy_id: plan!.policyId,
        policy_name: plan!.policyName,
        threshold_secs: target.thresholdSecs,
        due_at: target.dueAt === null ? null : new Date(target.dueAt).toISOString(),
        cycle: state.cycle,
      },
    });
    said = true;
  }
  return said;
}

/** Undefined: the window is closed. A message of the system neither begins a cycle nor counts as a person's answer. `byHand`: a person sends it now. */
function send(step: Step, message: NewMessage, window: WindowRule, actor: ActorRef, byHand = false): StoredMessage | undefined {
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
function react(step: Step, { message, target }: Extract<Command, { kind: "react" }>, window: WindowRule, actor: ActorRef): boolean {
  if (isClosedFor(message, step.state, window, step.now)) return false;
  outbound(step, message, actor);
  step.messages.set(target.id, withReaction(target, { emoji: textOf(message.content.emoji) ?? "", by: "agent", at: step.now }));
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
    ...blankMessage(messageId(now, state.id, state.messageNumber), "outbound", message.type, message.content, now, state.cycle),
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
  if (actor.kind === "system" || state.firstInboundAt == null || state.firstAnsweredAt !== null) return undefined;
  return secondsBetween(state.firstInboundAt, now);
}

const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000));

function assign(step: Step, agentId: string | null): void {
  const { state } = step;
  const from = state.assignedAgentId;
  if (from === agentId) return;
  state.assignedAgentId = agentId;
  state.givenUpBy = agentId === null && step.actor.id === from ? from : null;
  step.event(agentId === null ? "conversation.unassigned" : "conversation.assigned", { data: { from_agent_id: from, to_agent_id: agentId } });
  // A person has it now.
  if (agentId !== null && state.status === "pending") setStatus(step, "open");
  if (agentId === null && state.divisionId !== null && state.status === "open") setStatus(step, "pending");
  step.touch();
}

/** To an agent, to a division (whose queue it then waits in), or to an agent of a division. */
function transfer(step: Step, toAgentId: string | null, toDivisionId: string | null, note: string | null): void {
  const { state } = step;
  const [fromAgent, fromDivision] = [state.assignedAgentId, state.divisionId];
  if (fromAgent === toAgentId && fromDivision === toDivisionId) return;
  state.divisionId = toDivisionId;
  step.event("conversation.transferred", {
    data: { from_agent_id: fromAgent, to_agent_id: toAgentId, from_division_id: fromDivision, to_division_id: toDivisionId, note },
  });
  assign(step, toAgentId);
  if (toAgentId === null && toDivisionId !== null) setStatus(step, "pending");
  step.touch();
}

function setStatus(step: Step, status: ConversationStatus): void {
  const { state } = step;
  const from = state.status;
  if (from === status) return;
  state.status = status;
  // What an AI is about to say is out of date.
  if (from === "pending") state.aiEpoch++;
  if (status === "resolved") {
    const seconds = state.cycleStartedAt === undefined ? {} : { seconds: secondsBetween(state.cycleStartedAt, step.now) };
    state.resolvedAt = step.now;
    step.event("conversation.resolved", { data: { from, to: status }, ...seconds });
    lookAtSla(step, state.sla.plan);
  } else if (from === "resolved") step.reopen(status);
  else step.event("conversation.status_changed", { data: { from, to: status } });
  step.touch();
}

const sameTag = (tag: string): string => tag.toLowerCase();

function setTags(step: Step, tags: readonly string[]): void {
  const unique = [...new Map(tags.toReversed().map((tag) => [sameTag(tag), tag])).values()].toReversed();
  const from = step.state.tags;
  if (JSON.stringify(from) === JSON.stringify(unique)) return;
  step.state.tags = unique;
  step.event("conversation.tags_changed", { data: { from, to: unique } });
  step.touch();
}

export const MAX_TAGS = 50;
