import { ChannelError } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { logError } from "../../kit/log";
import { type Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { loadSendingAccount } from "../integrations/sending-account";
import { type CommandedConversation, commandConversation, withBookmark } from "./command";
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

/** Sends read receipts for the conversations that were unread. Best effort: the channel's failures are only logged. */
export async function sendReadReceipts(ctx: Ctx, results: readonly CommandedConversation[]): Promise<void> {
  const changed = results.filter(
    ({ bookmark, lastInboundExternalId }) => bookmark !== null && lastInboundExternalId !== null,
  );
  const byAccount = Map.groupBy(changed, ({ accountId }) => accountId);
  await Promise.all(
    [...byAccount].map(([accountId, accountResults]) => sendAccountReceipts(ctx, accountId, accountResults)),
  );
}

async function sendAccountReceipts(
  ctx: Ctx,
  accountId: string,
  accountResults: readonly CommandedConversation[],
): Promise<void> {
  const channel = accountResults[0]!.conversation.contact_channel;
  const account = await loadSendingAccount(ctx.env, {
    orgId: ctx.orgId,
    tenantDb: ctx.org.tenantDb,
    accountId,
    channel,
  });
  if ("failure" in account || !account.client.markRead) return;
  for (const { conversation, lastInboundExternalId } of accountResults) {
    try {
      const { contact_phone: address } = conversation;
      await account.client.markRead(address === null ? {} : { address }, lastInboundExternalId!);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      logError("read_receipt_failed", error, { conversation_id: conversation.id });
    }
  }
}
