import { setStatus as changeStatus } from "../changes";
import { command } from "../command";
import type { ConversationStatus } from "../state";

export const setStatus = command({
  kind: "set_status",
  apply(step, { status }: { status: ConversationStatus }) {
    changeStatus(step, status);
  },
});
