import { setStatus, transfer } from "../changes";
import { command } from "../command";
import { conversationResolved } from "./problems";

/**
 * Assigns the conversation to the caller, whether an agent, a queue or an AI agent has it. The AI agent's next reply is
 * then out of date. `tookThread`: the channel has given us control of the thread.
 */
export const takeover = command({
  kind: "takeover",
  refusals: { conversation_resolved: conversationResolved },
  apply(step, { tookThread = false }: { tookThread?: boolean }) {
    const { state, before, actor } = step;
    if (before.status === "resolved") return { problem: "conversation_resolved" };
    if (tookThread) Object.assign(state, { hasControl: true, controlAt: step.now });
    transfer(step, actor.id, before.divisionId, null);
    setStatus(step, "open");
    state.aiEpoch = before.aiEpoch + 1;
    if (tookThread) step.event("conversation.updated", { data: { reason: "thread_control" } });
    return undefined;
  },
});
