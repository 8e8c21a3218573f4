import { command } from "../command";

/** Marks every inbound message so far as read. */
export const markRead = command({
  kind: "mark_read",
  apply(step) {
    const { state } = step;
    if (state.unreadCount === 0) return;
    state.unreadCount = 0;
    state.readUpTo = state.messageNumber;
    step.event("conversation.read");
  },
});
