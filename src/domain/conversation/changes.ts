import { type WindowRule, windowClosesAt, windowStatusAt } from "../window";
import { tagKey } from "../tag";
import { BREACH_TYPES, type BreachKey, judged, type SlaPlan } from "../sla";
import { contactNameOf, type ConversationState, type ConversationStatus, cycleOf, type Step } from "./state";
import type { Departure } from "../departure";

/** Changes that several commands and updates share, each with its events. Pure. */

/** Judges the SLA clocks by a plan. True if there was an event: a warning or a breach. */
export function lookAtSla(step: Step, plan: SlaPlan | null, version = step.state.sla.version): boolean {
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

/** Begins the conversation, if it is new, with what no customer wrote: no window is open. */
export function beginWithoutWindow(step: Step, window: WindowRule): void {
  const { state, now } = step;
  if (state.seq > 0) return;
  state.windowStatus = windowStatusAt(null, window, now);
  step.event("conversation.created");
}

/** Updates the status of the customer service window. */
export function followWindow(step: Step, window: WindowRule): void {
  const { state, now } = step;
  const is = windowStatusAt(state.lastInboundAt, window, now);
  if (is === state.windowStatus) return;
  state.windowStatus = is;
  if (is === "open") step.event("conversation.updated", { data: { reason: "window" } });
  else
    step.event(`window.${is}`, {
      data: { window_expires_at: new Date(windowClosesAt(state.lastInboundAt, window)!).toISOString() },
    });
}

export const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000));

/** The data of an event that takes a conversation from an agent who does not work any more: the activity log has it. */
export const departed = (state: ConversationState, reason: Departure["reason"] | undefined): Record<string, unknown> =>
  reason === undefined ? {} : { reason, contact_id: state.contactId, contact_name: contactNameOf(state) };

/** `reason`: the present agent does not work any more. */
export function assign(step: Step, agentId: string | null, reason?: Departure["reason"]): void {
  const { state } = step;
  const from = state.assignedAgentId;
  if (from === agentId) return;
  state.assignedAgentId = agentId;
  state.givenUpBy = agentId === null && step.actor.id === from ? from : null;
  step.event(agentId === null ? "conversation.unassigned" : "conversation.assigned", {
    data: { from_agent_id: from, to_agent_id: agentId, ...departed(state, reason) },
  });
  if (agentId !== null && state.status === "pending") setStatus(step, "open");
  if (agentId === null && state.divisionId !== null && state.status === "open") setStatus(step, "pending");
  step.touch();
}

/** Transfers to an agent, to a division's queue, or to an agent of a division. */
export function transfer(step: Step, toAgentId: string | null, toDivisionId: string | null, note: string | null): void {
  const { state } = step;
  const [fromAgent, fromDivision] = [state.assignedAgentId, state.divisionId];
  if (fromAgent === toAgentId && fromDivision === toDivisionId) return;
  state.divisionId = toDivisionId;
  step.event("conversation.transferred", {
    data: {
      from_agent_id: fromAgent,
      to_agent_id: toAgentId,
      from_division_id: fromDivision,
      to_division_id: toDivisionId,
      note,
    },
  });
  assign(step, toAgentId);
  if (toAgentId === null && toDivisionId !== null) setStatus(step, "pending");
  step.touch();
}

export function setStatus(step: Step, status: ConversationStatus): void {
  const { state } = step;
  const from = state.status;
  if (from === status) return;
  state.status = status;
  // An AI reply in progress is out of date.
  if (from === "pending") state.aiEpoch++;
  if (status === "resolved") {
    state.resolvedAt = step.now;
    state.isUnanswered = false;
    step.event("conversation.resolved", {
      data: { from, to: status },
      seconds: secondsBetween(state.cycleStartedAt, step.now),
    });
    lookAtSla(step, state.sla.plan);
  } else if (from === "resolved") step.reopen(status);
  else step.event("conversation.status_changed", { data: { from, to: status } });
  step.touch();
}

export function setTags(step: Step, tags: readonly string[]): void {
  const unique = [...new Map(tags.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed();
  const from = step.state.tags;
  if (JSON.stringify(from) === JSON.stringify(unique)) return;
  step.state.tags = unique;
  step.event("conversation.tags_changed", { data: { from, to: unique } });
  step.touch();
}

export const MAX_TAGS = 50;

/** Every message so far is read. */
export function markAllRead(state: ConversationState): void {
  if (state.unreadCount === 0) return;
  state.unreadCount = 0;
  state.readUpTo = state.messageNumber;
}
