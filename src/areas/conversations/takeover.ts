import { operation } from "../../kit/operation";
import { changeConversation } from "./command";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound, conversationResolved } from "./problems";

export const takeover = operation({
  id: "takeoverConversation",
  tag: "Conversations",
  summary: "Takeover a conversation",
  description: "Assigns the conversation to the caller and opens it; an AI reply in progress is dropped.",
  method: "post",
  path: "/api/conversations/{id}/takeover",
  permission: "conversations.takeover",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound, conversationResolved],
  handle: ({ ctx, params }) => changeConversation(ctx, params.id, { kind: "takeover" }),
});
