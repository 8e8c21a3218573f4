import { assign } from "../changes";
import { command } from "../command";

/**
 * Gives the conversation to an agent of a division, only if it still waits in that division's queue. For allocation.
 */
export const allocate = command({
  kind: "allocate",
  apply(step, { agentId, divisionId }: { agentId: string; divisionId: string }) {
    const { before } = step;
    if (before.divisionId === divisionId && before.assignedAgentId === null && before.status !== "resolved")
      assign(step, agentId);
  },
});
