import type { Values } from "../variables";
import { type WindowRule, windowStatusAt } from "../window";
import { tagKey } from "../tag";
import { assign, followWindow, lookAtSla, MAX_TAGS, setStatus, setTags, transfer } from "./changes";
import type { NewMessage, StoredMessage } from "../message/state";
import { react, send } from "./send";
import {
  type ConversationState,
  type ConversationStatus,
  cycleOf,
  type MeasuredCycle,
  type Outcome,
  type Refusal,
  Step,
} from "./state";
import { type ActorRef, SYSTEM } from "../event";
import type { Sla, SlaPlan } from "../sla";
import { type Rating, rateSurvey, requestSurvey } from "../survey";

/** What somebody asks of a conversation, and what that does to it. Pure. */

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
export function applyCommand(
  before: ConversationState,
  command: Command,
  actor: ActorRef,
  window: WindowRule,
  now: number,
): Outcome | Refusal {
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
      if (before.divisionId === command.divisionId && before.assignedAgentId === null && before.status !== "resolved")
        assign(step, command.agentId);
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
      if (state.tags.length > MAX_TAGS)
        return { problem: "conversation_too_many_tags", detail: `at most ${MAX_TAGS} tags` };
      break;
    case "remove_tags": {
      const gone = new Set(command.tags.map(tagKey));
      setTags(
        step,
        before.tags.filter((tag) => !gone.has(tagKey(tag))),
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
  followWindow(step, window);
  // A message that the channel delivered late finds its window closed. People have as long as a window is open to see it, as after
  // everything else that happens in a conversation.
  const isDue = state.updatedAt + window.windowHours * 3_600_000 <= now;
  if (state.windowStatus === "expired" && window.autoResolve && isDue) setStatus(step, "resolved");
}

/** Whether deadlines that were computed from these facts are those of the others. */
const sameStart = (a: MeasuredCycle, b: MeasuredCycle): boolean =>
  a.cycle === b.cycle &&
  a.divisionId === b.divisionId &&
  a.openedAt === b.openedAt &&
  a.firstInboundAt === b.firstInboundAt;

const saysOther = (a: Sla, b: Sla): boolean =>
  a.firstResponse !== b.firstResponse ||
  a.resolution !== b.resolution ||
  JSON.stringify(a.plan) !== JSON.stringify(b.plan);
