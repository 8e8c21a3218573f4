import { assign as assignTo } from "../changes";
import { command } from "../command";

/** Assigns the conversation to an agent, or to nobody. */
export const assign = command({
  kind: "assign",
  apply(step, { agentId }: { agentId: string | null }) {
    assignTo(step, agentId);
  },
});
