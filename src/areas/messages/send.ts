import { z } from "@hono/zod-openapi";
import { MESSAGE_STATUSES, Message } from "../../../durable-objects/conversation.wire";
import { MESSAGE_TYPES } from "../../channels/channel";
import type { Ctx } from "../../kit/context";
import { OBJECT_ID_PATTERN } from "../../kit/id";
import { operation, type Reply } from "../../kit/operation";
import { commandConversation, withBookmark } from "../conversations/command";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound, conversationWindowClosed } from "../conversations/problems";
import { messageNotAllowed, messageReferenceUnknown } from "./problems";

const SENDABLE = MESSAGE_TYPES.filter((type) => !["system", "unsupported", "order", "button"].includes(type));

export const SendMessageRequest = z
  .strictObject({
    type: z.enum(SENDABLE),
    content: z.record(z.string(), z.unknown()).openapi({
      description:
        'Free-form JSON. For text: {"text": "Hello"}. For image, video, audio, document and sticker: {"media_id": "…", "caption": "…", "file_name": "…"} with the id of an upload, or {"url": "https://…"} with a public address that the channel fetches. What the channel does not take is refused with its limit.',
      example: { text: "Hello" },
    }),
    reply_to: z.string().regex(OBJECT_ID_PATTERN).optional().openapi({ description: "The message that this one answers" }),
  })
  .openapi("SendMessageRequest");

export const send = operation({
  id: "sendMessage",
  tag: "Messages",
  summary: "Send an outbound message",
  description: `Needs \`messages.send\`. Answers when the message is durable; it then leaves in order, and its status climbs: ${MESSAGE_STATUSES.slice(1).join(", ")}.`,
  method: "post",
  path: "/api/conversations/{id}/messages",
  permission: "messages.send",
  params: ConversationPath,
  body: SendMessageRequest,
  response: Message,
  status: 201,
  idempotent: "own",
  problems: [conversationNotFound, conversationWindowClosed, messageNotAllowed, messageReferenceUnknown],
  handle: ({ ctx, params, body }) => sendMessage(ctx, params.id, body),
});

export async function sendMessage(ctx: Ctx, conversationId: string, input: z.infer<typeof SendMessageRequest>): Promise<Reply> {
  const { message, bookmark, replayed } = await commandConversation(ctx, conversationId, {
    kind: "send",
    message: { type: input.type, content: input.content, replyTo: input.reply_to ?? null },
  });
  return withBookmark(message, bookmark, replayed ? { "idempotency-replayed": "true" } : {});
}
