import { z } from "@hono/zod-openapi";
import { MESSAGE_STATUSES } from "../../../durable-objects/message.state";
import { Message } from "../../../durable-objects/conversation.wire";
import { MESSAGE_TYPES } from "../../channels/channel";
import type { Ctx } from "../../kit/context";
import { OBJECT_ID_PATTERN } from "../../kit/id";
import { operation, type Reply } from "../../kit/operation";
import { invalidRequest } from "../../kit/problem";
import { commandConversation, withBookmark } from "../conversations/command";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound, conversationWindowClosed } from "../conversations/problems";
import { quickReplyUnknown } from "../quick-replies/problems";
import { quickReplyText, valuesFor } from "../quick-replies/render";
import { VARIABLES } from "../quick-replies/variables";
import { messageNotAllowed, messageReferenceUnknown } from "./problems";

const SENDABLE = MESSAGE_TYPES.filter((type) => !["system", "unsupported", "order", "button"].includes(type));

export const SendMessageRequest = z
  .strictObject({
    type: z.enum(SENDABLE),
    content: z.record(z.string(), z.unknown()).openapi({
      description:
        'Free-form JSON. For text: {"text": "Hello"}. For image, video, audio, document and sticker: {"media_id": "…", "caption": "…", "file_name": "…"} with the id of an upload or of a file in another message, or {"url": "https://…"} with a public address that the channel fetches. For reaction: {"message_id": "…", "emoji": "👍"}, with the id of a message here or the channel\'s; an empty emoji takes it back. It is shown on that message and is none of its own. What the channel does not take is refused with its limit.',
      example: { text: "Hello" },
    }),
    quick_reply_id: z.uuid().optional().openapi({ description: "A quick reply whose content is sent as `text`. Needs `quick_replies.view`" }),
    reply_to: z.string().regex(OBJECT_ID_PATTERN).optional().openapi({ description: "The message that this one answers" }),
  })
  .openapi("SendMessageRequest");
export type SendMessageRequest = z.infer<typeof SendMessageRequest>;

export const send = operation({
  id: "sendMessage",
  tag: "Messages",
  summary: "Send an outbound message",
  description: `Answers when the message is durable; it then leaves in order, and its status climbs: ${MESSAGE_STATUSES.slice(1).join(", ")}. Whoever answers by a session what waits in a division's queue has the conversation from then on. In \`text\`, \`caption\` and \`subject\` the variables ${VARIABLES.map((name) => `\`{{${name}}}\``).join(", ")} are filled in, also with a word for when one is not known: \`{{contact.name|there}}\`. Whatever else stands in braces is sent as it is.`,
  method: "post",
  path: "/api/conversations/{id}/messages",
  permission: "messages.send",
  params: ConversationPath,
  body: SendMessageRequest,
  response: Message,
  status: 201,
  idempotent: "own",
  problems: [conversationNotFound, conversationWindowClosed, messageNotAllowed, messageReferenceUnknown, quickReplyUnknown],
  handle: ({ ctx, params, body }) => sendMessage(ctx, params.id, body),
});

export async function sendMessage(ctx: Ctx, conversationId: string, input: z.infer<typeof SendMessageRequest>, isScheduled = false): Promise<Reply> {
  if (input.quick_reply_id !== undefined && input.type !== "text") throw invalidRequest("quick_reply_id: only in a message of type text");
  const content = input.quick_reply_id === undefined ? input.content : { ...input.content, text: await quickReplyText(ctx, input.quick_reply_id) };
  const values = await valuesFor(ctx, content, ctx.actor.agentId);
  const { message, bookmark, replayed } = await commandConversation(ctx, conversationId, {
    kind: "send",
    message: { type: input.type, content, replyTo: input.reply_to ?? null },
    ...(values && { values }),
    ...(isScheduled && { isScheduled }),
  });
  return withBookmark(message, bookmark, replayed ? { "idempotency-replayed": "true" } : {});
}
