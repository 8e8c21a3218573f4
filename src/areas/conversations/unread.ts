import { operation } from "../../domain/operation";
import { changeConversation } from "./command";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

export default operation({
  id: "unreadConversation",
  summary: "Mark conversation as unread",
  description:
    "Shows the conversation as unread until an agent marks it as read or answers it. The customer is told nothing.",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => changeConversation(ctx, params.id, { kind: "mark_unread" }),
});
