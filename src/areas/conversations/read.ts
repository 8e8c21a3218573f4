import { ChannelError } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { logError } from "../../kit/log";
import { type Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { loadSendingAccount } from "../integrations/sending-account";
import { type Commanded, commandConversation, withBookmark } from "./command";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

export default operation({
  id: "readConversation",
  summary: "Mark conversation as read",
  description: "Also sends a read receipt to the customer, where the channel supports it.",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => readConversation(ctx, params.id),
});

export async function readConversation(ctx: Ctx, id: string): Promise<Reply> {
  const result = await commandConversation(ctx, id, { kind: "mark_read" });
  ctx.background(sendReadReceipts(ctx, [result]));
  return withBookmark(result.conversation, result.bookmark);
}

/** Tells customers that conversations were read, of those that had been unread. Best effort: a tick that does not come is no reason to fail. */
export async function sendReadReceipts(ctx: Ctx, results: readonly Commanded[]): Promise<void> {
  const changed = results.filter(
    ({ bookmark, lastInboundExternalId }) => bookmark !== null && lastInboundExternalId !== null,
  );
  const byAccount = Map.groupBy(changed, ({ accountId }) => accountId);
  await Promise.all([...byAccount].map(([accountId, theirs]) => sendThrough(ctx, accountId, theirs)));
}

async function sendThrough(ctx: Ctx, accountId: string, theirs: readonly Commanded[]): Promise<void> {
  const channel = theirs[0]!.conversation.contact_channel;
  const account = await loadSendingAccount(ctx.env, {
    orgId: ctx.orgId,
    tenantDb: ctx.org.tenantDb,
    accountId,
    channel,
  });
  if ("failure" in account || !account.client.markRead) return;
  for (const { conversation, lastInboundExternalId } of theirs) {
    try {
      const { contact_phone: address } = conversation;
      await account.client.markRead(address === null ? {} : { address }, lastInboundExternalId!);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      logError("read_receipt_failed", error, { conversation_id: conversation.id });
    }
  }
}
