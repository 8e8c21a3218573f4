import { defineProblem } from "../../../kit/problem";
import { transfer as transferTo } from "../changes";
import { command } from "../command";
import { conversationResolved } from "./problems";

export const transferToSelf = defineProblem({
  code: "transfer_to_self",
  status: 422,
  title: "The conversation is already assigned there",
});

interface Target {
  toAgentId: string | null;
  toDivisionId: string | null;
  note: string | null;
}

/** Transfers to an agent, to a division's queue, or to an agent of a division. Answers the previous assignee. */
export const transfer = command({
  kind: "transfer",
  refusals: { conversation_resolved: conversationResolved, transfer_to_self: transferToSelf },
  apply(step, { toAgentId, toDivisionId, note }: Target) {
    const { before } = step;
    if (before.status === "resolved") return { problem: "conversation_resolved" };
    transferTo(step, toAgentId, toDivisionId ?? before.divisionId, note);
    if (step.events.length === 0) return { problem: "transfer_to_self" };
    return { answer: { fromAgentId: before.assignedAgentId } };
  },
});
