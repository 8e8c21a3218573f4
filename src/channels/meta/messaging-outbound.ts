import { ChannelError, type Choice, type Content, type OutboundMessage } from "../channel";
import { defined, isRecord, textOf } from "../json";

/** Meta: Send API, the body of one message. Pure. */

const ATTACHMENT_TYPES: Record<string, string> = { image: "image", video: "video", audio: "audio", document: "file" };
const MAX_QUICK_REPLY = 20;

export function toMessageBody(
  platform: "messenger" | "instagram",
  { id, type, content, replyTo, links }: Pick<OutboundMessage, "id" | "type" | "content" | "replyTo" | "links">,
): Record<string, unknown> {
  const replies = Array.isArray(content.quick_replies) ? content.quick_replies : undefined;
  return {
    message: {
      ...bodyOf(type, content, links ?? []),
      ...defined({ quick_replies: replies }),
      // The echo carries it. Instagram has no such field.
      ...(platform === "messenger" && { metadata: id }),
    },
    ...(replyTo !== undefined && { reply_to: { mid: replyTo } }),
  };
}

function bodyOf(type: string, content: Content, links: readonly string[]): Record<string, unknown> {
  switch (type) {
    case "text":
      return { text: content.text };
    case "sticker":
      return { attachment: { type: "like_heart" } };
    case "interactive":
      return { attachment: { type: "template", payload: content.template } };
    default: {
      const attachmentType = ATTACHMENT_TYPES[type];
      if (attachmentType === undefined) throw refused(`Messages of type ${type} cannot be sent`);
      const files = Array.isArray(content.images) ? content.images.filter(isRecord) : [content];
      const ours = [...links];
      const attachments = files.map((file) => {
        const url = textOf(file.url) ?? ours.shift();
        if (url === undefined) throw refused("The file has no address");
        return { type: attachmentType, payload: { url } };
      });
      return attachments.length > 1 ? { attachments } : { attachment: attachments[0] };
    }
  }
}

const WORD_BY_EMOJI: Record<string, string> = {
  "❤": "love",
  "👍": "like",
  "👎": "dislike",
  "😆": "smile",
  "😮": "wow",
  "😢": "sad",
  "😠": "angry",
};

export function toReaction({ message_id, emoji }: Content): Record<string, unknown> {
  const shown = textOf(emoji);
  if (shown === undefined) return { sender_action: "unreact", payload: { message_id } };
  const reaction = WORD_BY_EMOJI[shown.replace("\ufe0f", "")] ?? shown;
  return { sender_action: "react", payload: { message_id, reaction } };
}

/** A quick reply shows at most 20 characters. */
export function askMessagingChoice({ text, options }: Choice): Pick<OutboundMessage, "type" | "content"> {
  const quick_replies = options.map(({ id, title }) => ({
    content_type: "text",
    title: title.slice(0, MAX_QUICK_REPLY),
    payload: id,
  }));
  return { type: "text", content: { text, quick_replies } };
}

function refused(title: string): ChannelError {
  return new ChannelError("invalid", { code: "message", title });
}
