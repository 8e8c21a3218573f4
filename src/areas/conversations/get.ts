import { conversationOf } from "../../objects";
import { type Ctx, visibilityOf } from "../../kit/context";
import { operation } from "../../kit/operation";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

export const get = operation({
  id: "getConversation",
  tag: "Conversations",
  summary: "Get a single conversation",
  method: "get",
  path: "/api/conversations/{id}",
  permission: "conversations.view",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => getConversation(ctx, params.id),
});

/** From its object, which knows best. */
export async function getConversation(ctx: Ctx, id: string): Promise<ConversationWithContact> {
  const conversation = await conversationOf(ctx, id).view(visibilityOf(ctx.actor));
  if (!conversation) throw conversationNotFound();
  return conversation;
}
