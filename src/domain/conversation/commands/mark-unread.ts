import { command } from "../command";

/** Shows the conversation as unread again. The customer keeps the receipts of messages that were read. */
export const markUnread = command({
  kind: "mark_unread",
  apply(step) {
    const { state } = step;
    if (state.unreadCount > 0) return;
    state.unreadCount = 1;
    step.event("conversation.unread");
  },
});
