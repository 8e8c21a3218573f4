import { command } from "../command";
import { markAllRead } from "../state";

/** Marks every inbound message so far as read. */
export const markRead = command({
  kind: "mark_read",
  apply(step) {
    const { state } = step;
    if (state.unreadCount === 0) return;
    markAllRead(state);
    step.event("conversation.read");
  },
});
