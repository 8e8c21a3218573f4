import { z } from "@hono/zod-openapi";
import { send } from "../../domain/conversation/commands/send";
import { MESSAGE_STATUSES } from "../../domain/message/state";
import { Message } from "../../domain/conversation/schema";
import { SENDABLE_TYPES } from "../../channels/registry";
import type { Command } from "../../domain/conversation/commands";
import type { Ctx } from "../../domain/context";
import { OBJECT_ID_PATTERN } from "../../kit/id";
import { type Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { invalidRequest } from "../../kit/problem";
import { commandConversation, withBookmark } from "../conversations/command";
import { ConversationPath } from "../conversations/model";
import { contactOptsOut, optsOutOfMarketing } from "../contacts/marketing";
import { conversationNotFound } from "../conversations/problems";
import { withFile } from "../media/sendable";
import { quickReplyUnknown } from "../quick-replies/problems";
import { quickReplyText, valuesFor } from "../quick-replies/render";
import { VARIABLES } from "../../domain/variables";
import { type Destination, withTemplate } from "../wa-templates/with-template";

export const SendMessageRequest = z
  .strictObject({
    type: z.enum(SENDABLE_TYPES).openapi({ description: "The kind of message; decides what `content` must contain" }),
    content: z.record(z.string(), z.unknown()).openapi({
      description:
        "Content by message type; see the examples. For a file, give `media_id`, the id of an upload or of a file in another message, or `url`, a public URL that the channel fetches. An email has `text` or `html`, and optionally `subject`, `to`, `cc`, `bcc`, `reply_all`, `attachments` (`media_id` of each, and `content_id` if the HTML shows it), `signature` in place of the agent's, `forward_of` (the id of a message to pass on to `to`) and `unsubscribe_url`; without `to` and `subject` it answers the last email. A reaction gives `message_id`, the id of the message here or on the channel, and `emoji`; an empty emoji removes the reaction. Reactions appear on that message and are not messages of their own. Templates and interactive messages have the format that the channel documents. Content that exceeds a limit of the channel is refused with the limit, and an unknown field by its name.",
    }),
    quick_reply_id: z.uuid().optional().openapi({ description: "A quick reply whose content is sent as `text`" }),
    reply_to: z
      .string()
      .regex(OBJECT_ID_PATTERN)
      .optional()
      .openapi({ description: "Id of the message this one replies to" }),
  })
  .openapi("SendMessageRequest");
export type SendMessageRequest = z.infer<typeof SendMessageRequest>;

const ID = "01a209f6-40db-7dc6-982c-79beb11de4c0";
const MESSAGE_ID = "6743a1f0c0ffee1234000001";
const EXAMPLES: Record<string, SendMessageRequest> = {
  Text: { type: "text", content: { text: "Hello {{contact.name|there}}! https://example.com", preview_url: true } },
  "Reply to a message": { type: "text", content: { text: "Yes, that one." }, reply_to: MESSAGE_ID },
  "Quick reply": { type: "text", content: {}, quick_reply_id: ID },
  "Image that was uploaded": { type: "image", content: { media_id: ID, caption: "Our shop" } },
  "Document with a public address": {
    type: "document",
    content: { url: "https://example.com/invoice.pdf", file_name: "Invoice 17.pdf", caption: "As promised" },
  },
  "Voice message": { type: "audio", content: { media_id: ID, voice: true } },
  "Template with parameters": {
    type: "template",
    content: {
      name: "order_shipped",
      language: "en_US",
      components: [
        { type: "header", parameters: [{ type: "image", image: { link: "https://example.com/parcel.png" } }] },
        {
          type: "body",
          parameters: [
            { type: "text", text: "Ani" },
            { type: "text", text: "17" },
          ],
        },
        { type: "button", sub_type: "url", index: "0", parameters: [{ type: "text", text: "track/17" }] },
      ],
    },
  },
  "Interactive: buttons": {
    type: "interactive",
    content: {
      interactive: {
        type: "button",
        body: { text: "Shall we deliver tomorrow?" },
        action: {
          buttons: [
            { type: "reply", reply: { id: "yes", title: "Yes" } },
            { type: "reply", reply: { id: "no", title: "Another day" } },
          ],
        },
      },
    },
  },
  "Interactive: list": {
    type: "interactive",
    content: {
      interactive: {
        type: "list",
        header: { type: "text", text: "Delivery" },
        body: { text: "When may we come?" },
        footer: { text: "Within two hours" },
        action: {
          button: "Choose",
          sections: [
            {
              title: "Tomorrow",
              rows: [
                { id: "morning", title: "Morning", description: "9 to 12" },
                { id: "afternoon", title: "Afternoon" },
              ],
            },
          ],
        },
      },
    },
  },
  Location: {
    type: "location",
    content: { latitude: -6.2088, longitude: 106.8456, name: "Toko Biru", address: "Jl. Melati 7, Jakarta" },
  },
  Contacts: {
    type: "contacts",
    content: {
      contacts: [
        {
          name: { formatted_name: "Budi Santoso", first_name: "Budi" },
          phones: [{ phone: "+62 812 3456 7890", type: "WORK" }],
        },
      ],
    },
  },
  "Instagram and Messenger: several images": {
    type: "image",
    content: { images: [{ media_id: ID }, { url: "https://example.com/2.jpg" }] },
  },
  "Instagram and Messenger: quick replies": {
    type: "text",
    content: {
      text: "Which colour?",
      quick_replies: [
        { content_type: "text", title: "Red", payload: "red" },
        { content_type: "text", title: "Blue", payload: "blue" },
      ],
    },
  },
  "Instagram and Messenger: template with buttons": {
    type: "interactive",
    content: {
      template: {
        template_type: "button",
        text: "Your parcel is on its way.",
        buttons: [{ type: "web_url", title: "Track", url: "https://example.com/track/17" }],
      },
    },
  },
  Email: {
    type: "email",
    content: {
      text: "Here is the quote.",
      reply_all: true,
      attachments: [{ media_id: ID, file_name: "Quote 17.pdf" }],
    },
  },
  "Email that is forwarded": {
    type: "email",
    content: { forward_of: MESSAGE_ID, to: ["lab@example.com"], text: "Can you check this?" },
  },
  Reaction: { type: "reaction", content: { message_id: MESSAGE_ID, emoji: "👍" } },
};

export default operation({
  id: "sendMessage",
  summary: "Send an outbound message",
  description: `Returns when the message is stored durably. Messages of a conversation are then sent in order, and their status advances: ${MESSAGE_STATUSES.slice(1).join(", ")}. An agent who answers with a session makes the conversation read, and becomes its assignee if it waits in a division's queue. In \`text\`, \`caption\` and \`subject\`, in the texts of interactive messages and in the parameters of templates the variables ${VARIABLES.map((name) => `\`{{${name}}}\``).join(", ")} are replaced by their values, optionally with a fallback for an unknown value: \`{{contact.name|there}}\`. Any other text in braces is sent unchanged. A template is compared with the account's templates, if they were synced or created here: it must exist in the language and be approved, and each parameter must fit. \`text\` of its content then is what the customer reads.`,
  alsoNeeds: { "quick_replies.view": "with `quick_reply_id`" },
  params: ConversationPath,
  body: SendMessageRequest,
  examples: EXAMPLES,
  response: Message,
  status: 201,
  idempotent: "own",
  problems: [conversationNotFound, ...Object.values(send.refusals), quickReplyUnknown],
  handle: ({ ctx, params, body }) => sendMessage(ctx, params.id, body),
});

export async function sendMessage(
  ctx: Ctx,
  conversationId: string,
  input: z.infer<typeof SendMessageRequest>,
  isScheduled = false,
): Promise<Reply> {
  const command = await sendCommandOf(ctx, { conversationId }, input, isScheduled);
  const { answer, bookmark, replayed } = await commandConversation(ctx, conversationId, command);
  return withBookmark(answer, bookmark, replayed ? { "idempotency-replayed": "true" } : {});
}

/** The command that sends what is asked, with all that D1 knows about it. */
export async function sendCommandOf(
  ctx: Ctx,
  to: Destination & { contactId?: string },
  input: z.infer<typeof SendMessageRequest>,
  isScheduled = false,
): Promise<Extract<Command, { kind: "send" }>> {
  if (input.quick_reply_id !== undefined && input.type !== "text")
    throw invalidRequest("quick_reply_id: only allowed in messages of type text");
  const content =
    input.quick_reply_id === undefined
      ? input.content
      : { ...input.content, text: await quickReplyText(ctx, input.quick_reply_id) };
  const values = await valuesFor(ctx, content, ctx.actor.id);
  const asked = await withFile(ctx, {
    type: input.type,
    content,
    replyTo: input.reply_to ?? null,
    senderName: ctx.actor.name ?? null,
    ...(ctx.idempotency && !isScheduled && { clientKey: ctx.idempotency.key }),
  });
  const { message, refused, category } = await withTemplate(ctx, to, asked);
  const isOptedOut =
    input.type === "template" &&
    (to.contactId === undefined
      ? await optsOutOfMarketing(ctx, to.conversationId)
      : await contactOptsOut(ctx, to.contactId));
  return {
    kind: "send",
    message,
    ...(values && { values }),
    ...(isScheduled && { isScheduled }),
    ...(isOptedOut && { isOptedOut }),
    ...(refused && { refused }),
    ...(category !== undefined && { category }),
  };
}
