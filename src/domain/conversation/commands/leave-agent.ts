import type { Departure } from "../../departure";
import { assign } from "../changes";
import { command } from "../command";

/** Takes the conversation from an agent who does not work any more. Does nothing if it has another agent meanwhile. */
export const leaveAgent = command({
  kind: "leave_agent",
  apply(step, { agentId, reason }: Pick<Departure, "reason"> & { agentId: string }) {
    if (step.state.assignedAgentId === agentId) assign(step, null, reason);
  },
});
