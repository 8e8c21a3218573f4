import { ChannelError } from "../../channels/channel";
import { takeover } from "../../domain/conversation/commands/takeover";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import type { Reply } from "../../kit/operation";
import { defineProblem } from "../../kit/problem";
import { loadSendingAccount } from "../integrations/sending-account";
import { changeConversation } from "./command";
import { getConversation } from "./get";
import { ConversationPath, ConversationWithContact } from "./model";
import { conversationNotFound } from "./problems";

const threadNotTaken = defineProblem({
  code: "thread_not_taken",
  status: 422,
  title: "The channel did not give control of the conversation",
});

export default operation({
  id: "takeoverConversation",
  summary: "Takeover a conversation",
  description:
    "Assigns the conversation to the caller and opens it; an AI reply in progress is dropped. If another program controls the conversation on the channel (`thread_control`), control is taken from it first.",
  params: ConversationPath,
  response: ConversationWithContact,
  problems: [conversationNotFound, threadNotTaken, ...Object.values(takeover.refusals)],
  handle: ({ ctx, params }) => takeOverConversation(ctx, params.id),
});

async function takeOverConversation(ctx: Ctx, id: string): Promise<Reply> {
  const conversation = await getConversation(ctx, id);
  const isElsewhere = conversation.thread_control === "other" && conversation.status !== "resolved";
  if (isElsewhere) await takeThread(ctx, conversation);
  return changeConversation(ctx, id, { kind: "takeover", tookThread: isElsewhere });
}

/** Throws `thread_not_taken` with the channel's words. */
async function takeThread(
  ctx: Ctx,
  { account_id: accountId, contact_channel: channel, contact_phone: address }: ConversationWithContact,
): Promise<void> {
  const account = await loadSendingAccount(ctx.env, {
    orgId: ctx.orgId,
    tenantDb: ctx.org.tenantDb,
    accountId,
    channel,
  });
  if ("failure" in account) throw threadNotTaken(account.failure.message);
  try {
    await account.client.takeThread?.(address === null ? {} : { address });
  } catch (error) {
    if (error instanceof ChannelError) throw threadNotTaken(error.message, { cause: error });
    throw error;
  }
}
