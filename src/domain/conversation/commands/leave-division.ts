import { setStatus, transfer } from "../changes";
import { command } from "../command";

/** Takes the conversation out of a division that was deleted. */
export const leaveDivision = command({
  kind: "leave_division",
  apply(step, { divisionId }: { divisionId: string }) {
    const { state, before } = step;
    if (before.divisionId !== divisionId) return;
    transfer(step, before.assignedAgentId, null, null);
    if (state.status === "pending") setStatus(step, "open");
  },
});
