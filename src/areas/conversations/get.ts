import { conversationOf } from "../../objects";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

export default operation({
  id: "getConversation",
  summary: "Get a single conversation",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => getConversation(ctx, params.id),
});

/**
 * Reads from the object, since D1 lags behind it. Throws `conversation_not_found`, also if the caller may not see it.
 */
export async function getConversation(ctx: Ctx, id: string): Promise<ConversationWithContact> {
  const conversation = await conversationOf(ctx, id).view(visibilityOf(ctx.actor));
  if (!conversation) throw conversationNotFound();
  return conversation;
}
