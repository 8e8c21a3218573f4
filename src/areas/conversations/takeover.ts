import { takeover } from "../../domain/conversation/commands/takeover";
import { operation } from "../../domain/operation";
import { changeConversation } from "./command";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

export default operation({
  id: "takeoverConversation",
  summary: "Takeover a conversation",
  description: "Assigns the conversation to the caller and opens it; an AI reply in progress is dropped.",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound, ...Object.values(takeover.refusals)],
  handle: ({ ctx, params }) => changeConversation(ctx, params.id, { kind: "takeover" }),
});
