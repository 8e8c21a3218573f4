import { markAllRead } from "../changes";
import { command } from "../command";

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
