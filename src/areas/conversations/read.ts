import { ChannelError } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../kit/context";
import { logError } from "../../kit/log";
import { operation, type Reply } from "../../kit/operation";
import { loadSendingAccount } from "../integrations/sending-account";
import { type Commanded, commandConversation, withBookmark } from "./command";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

export const read = operation({
  id: "readConversation",
  tag: "Conversations",
  summary: "Mark conversation as read",
  description: "The customer sees it too, where the channel can show it.",
  method: "post",
  path: "/api/conversations/{id}/read",
  permission: "conversations.update",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => readConversation(ctx, params.id),
});

export async function readConversation(ctx: Ctx, id: string): Promise<Reply> {
  const result = await commandConversation(ctx, id, { kind: "mark_read" });
  if (result.bookmark !== null) ctx.background(tellChannel(ctx, result));
  return withBookmark(result.conversation, result.bookmark);
}

/** Best effort: a tick that does not come is no reason to fail. */
async function tellChannel(ctx: Ctx, { conversation, lastInboundExternalId, accountId }: Commanded): Promise<void> {
  if (!lastInboundExternalId) return;
  const channel = conversation.contact_channel;
  const account = await loadSendingAccount(ctx.env, { orgId: ctx.orgId, tenantDb: ctx.org.tenantDb, accountId, channel });
  if ("failure" in account) return;
  try {
    await adapterOf(channel)?.markRead(account.endpoint, account.config, lastInboundExternalId);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    logError("read_receipt_failed", error, { conversation_id: conversation.id });
  }
}
