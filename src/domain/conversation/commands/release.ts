import type { Departure } from "../../departure";
import { departed } from "../changes";
import { command } from "../command";

/**
 * Takes a reopened conversation from the agent who had it in the cycle before, unless somebody has answered or moved it
 * meanwhile. It stays open, since its customer waits for an answer. For allocation.
 */
export const release = command({
  kind: "release",
  apply(step, { agentId, cycle, reason }: Partial<Pick<Departure, "reason">> & { agentId: string; cycle: number }) {
    const { state } = step;
    if (state.cycle !== cycle || state.status === "resolved") return;
    if (state.assignedAgentId !== agentId || state.firstAnsweredAt !== null) return;
    state.assignedAgentId = null;
    step.event("conversation.unassigned", {
      data: { from_agent_id: agentId, to_agent_id: null, ...departed(state, reason) },
    });
    step.touch();
  },
});
