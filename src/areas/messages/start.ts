import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { normalAddress } from "../../domain/addresses";
import type { Ctx } from "../../domain/context";
import { messageNotAllowed, send } from "../../domain/conversation/commands/send";
import { ConversationWithContact, Message } from "../../domain/conversation/schema";
import { messageNumberOf } from "../../domain/ids";
import { operation } from "../../domain/operation";
import { uuidV5 } from "../../kit/id";
import { type Reply } from "../../kit/operation";
import { defineProblem, invalidFields, invalidRequest, type Problem } from "../../kit/problem";
import { commandConversation, withBookmark } from "../conversations/command";
import { conversationNotFound } from "../conversations/problems";
import { beginningsOf } from "../ingest/beginnings";
import { accountInactive, accountNotFound, channelNotConnected } from "../integrations/problems";
import { loadSender } from "../integrations/sender";
import { quickReplyUnknown } from "../quick-replies/problems";
import { sendCommandOf, SendMessageRequest } from "./send";

export const customerBegins = defineProblem({
  code: "customer_begins",
  status: 422,
  title: "On this channel only the customer begins a conversation",
});
export const addressInvalid = defineProblem({
  code: "address_invalid",
  status: 422,
  title: "The channel has no such address",
});
export const conversationTaken = defineProblem({
  code: "conversation_taken",
  status: 409,
  title: "A colleague has the conversation with this person",
});

const StartConversation = z
  .strictObject({
    account_id: z
      .uuid()
      .optional()
      .openapi({ description: "The account to write from. Without it the channel's default account" }),
    channel: z
      .enum(CHANNELS)
      .optional()
      .openapi({ description: "Without `account_id`: the channel. Without both, an address with an @ is an email" }),
    to: z
      .string()
      .trim()
      .min(3)
      .max(320)
      .openapi({ description: "A phone number with its country code, or an email address", example: "+6281234567890" }),
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: "The person's name, until the channel or an agent says it better" }),
    message: SendMessageRequest,
  })
  .openapi("StartConversation");

const StartedConversation = z
  .object({
    conversation: ConversationWithContact,
    message: Message,
    created: z.boolean().openapi({ description: "Whether the conversation began with this message" }),
  })
  .openapi("StartedConversation");

const ID = "01a209f6-40db-7dc6-982c-79beb11de4c0";

export default operation({
  id: "startConversation",
  summary: "Write to somebody who has not written",
  description:
    "Sends a message to an address. A conversation with the person on the account is found and used, otherwise it begins with the message. On WhatsApp only a template may be sent to somebody who has not written within 24 hours. An email begins a new thread, so it needs a subject. On Instagram and Messenger only customers begin conversations.",
  alsoNeeds: { "quick_replies.view": "with `message.quick_reply_id`" },
  body: StartConversation,
  examples: {
    "WhatsApp template": {
      to: "+6281234567890",
      name: "Ani",
      message: {
        type: "template",
        content: {
          name: "order_shipped",
          language: "id",
          components: [{ type: "body", parameters: [{ type: "text", text: "{{contact.name|there}}" }] }],
        },
      },
    },
    Email: {
      account_id: ID,
      to: "ani@example.com",
      message: { type: "email", content: { subject: "Your quote", text: "Here is the quote that you asked for." } },
    },
  },
  response: StartedConversation,
  status: 201,
  idempotent: "own",
  problems: [
    accountNotFound,
    accountInactive,
    addressInvalid,
    channelNotConnected,
    conversationTaken,
    customerBegins,
    quickReplyUnknown,
    ...Object.values(send.refusals),
  ],
  handle: ({ ctx, body }) => startConversation(ctx, body),
});

async function startConversation(ctx: Ctx, input: z.infer<typeof StartConversation>): Promise<Reply> {
  const { account_id: accountId, to, name } = input;
  const sender = await loadSender(ctx, accountId === undefined ? { channel: channelOf(input) } : { accountId });
  const { channel } = sender;
  if (input.channel !== undefined && input.channel !== channel)
    throw invalidRequest(`channel: the account is one of ${channel}`);
  const capabilities = adapterOf(channel)?.capabilities;
  if (!capabilities || capabilities.address === "id") throw customerBegins();
  const addressed = normalAddress(channel, to, ctx.org.country ?? null);
  if ("reason" in addressed)
    throw addressInvalid(`to: ${addressed.reason}`, { errors: [{ field: "to", message: addressed.reason }] });
  const { address } = addressed;
  const thread = threadOf(ctx);
  const [beginning] = await beginningsOf(ctx, sender, [{ address, thread, name: name ?? null }]);
  const { id, contactId } = beginning!.identity;
  const { subject } = input.message.content;
  const isByMail = capabilities.threads === "subject";
  if (isByMail && (typeof subject !== "string" || subject.trim() === ""))
    throw invalidFields(messageNotAllowed, [{ field: "message.content.subject", message: "Required" }]);
  const command = await sendCommandOf(ctx, { conversationId: id, accountId: sender.id, contactId }, input.message);
  const { answer, conversation, bookmark, replayed } = await commandConversation(ctx, id, command, {
    ...beginning!,
    ...(isByMail && { subject: subject as string }),
  }).catch((error: unknown) => {
    // It exists, and the caller may not see it.
    throw (error as Partial<Problem>).kind === conversationNotFound ? conversationTaken() : error;
  });
  const created = messageNumberOf(answer!._id) === 1;
  return withBookmark(
    { conversation, message: answer, created },
    bookmark,
    replayed ? { "idempotency-replayed": "true" } : {},
  );
}

/** The thread of a call that is repeated is the same. */
function threadOf({ idempotency, orgId, newId }: Ctx): string {
  if (!idempotency) return newId();
  const { caller, operation: name, key } = idempotency;
  return uuidV5(orgId, `start:${caller}:${name}:${key}`);
}

const channelOf = ({ channel, to }: z.infer<typeof StartConversation>): Channel =>
  channel ?? (to.includes("@") ? "email" : "whatsapp");
