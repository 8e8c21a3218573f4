import { ChannelError, type Content, type OutboundMessage, type Party } from "../channel";
import { defined, isRecord, textOf } from "../json";
import { check } from "./limits";

type RequestedMessage = Pick<OutboundMessage, "id" | "type" | "content" | "replyTo">;

/** Meta: Cloud API, `POST /<phone number id>/messages`: the body for one outbound message. */
export function toRequest(to: Party, message: RequestedMessage): Record<string, unknown> {
  const [violation] = check(message);
  if (violation !== undefined) throw refused(`${violation.field}: ${violation.message}`);
  return {
    messaging_product: "whatsapp",
    recipient_type: "individual",
    ...recipientOf(to),
    type: message.type,
    [message.type]: bodyOf(message),
    // A reaction names its target in its content.
    ...(message.replyTo !== undefined && message.type !== "reaction" && { context: { message_id: message.replyTo } }),
    // Returned with every status, so that a message whose answer was lost is recognised.
    biz_opaque_callback_data: message.id,
  };
}

/** Meta: Cloud API, mark messages as read. */
export function toReadReceipt(externalId: string): Record<string, unknown> {
  return { messaging_product: "whatsapp", status: "read", message_id: externalId };
}

function recipientOf({ address, userId }: Party): Record<string, unknown> {
  // Without the + Meta prefixes our own number's country code.
  if (address !== undefined && address !== "") return { to: address.startsWith("+") ? address : `+${address}` };
  if (userId !== undefined && userId !== "") return { recipient: userId };
  throw refused("Neither a phone number nor a user id is known");
}

function bodyOf({ type, content }: RequestedMessage): Record<string, unknown> | unknown[] {
  switch (type) {
    case "text":
      return defined({ body: content.text, preview_url: content.preview_url === true ? true : undefined });
    case "image":
    case "video":
    case "audio":
    case "document":
    case "sticker":
      return mediaOf(type, content);
    case "location":
      return defined({
        latitude: content.latitude,
        longitude: content.longitude,
        name: textOf(content.name),
        address: textOf(content.address),
      });
    case "contacts":
      return Array.isArray(content.contacts) ? content.contacts : [];
    case "reaction":
      return { message_id: content.message_id, emoji: textOf(content.emoji) ?? "" };
    case "interactive":
      return isRecord(content.interactive) ? content.interactive : {};
    case "template":
      return defined({
        name: content.name,
        language: isRecord(content.language) ? content.language : { code: content.language },
        components: Array.isArray(content.components) && content.components.length > 0 ? content.components : undefined,
      });
    default:
      throw refused(`WhatsApp cannot send messages of type ${type}`);
  }
}

function mediaOf(type: string, content: Content): Content {
  const id = textOf(content.external_media_id);
  const link = textOf(content.url);
  if (id === undefined && link === undefined) throw refused("The file has no address and was not uploaded");
  return defined({
    // Only one of the two: Meta refuses both together.
    id,
    link: id === undefined ? link : undefined,
    caption: textOf(content.caption),
    // Shown as a voice message instead of a file.
    voice: content.voice === true ? true : undefined,
    filename: type === "document" ? textOf(content.file_name) : undefined,
  });
}

function refused(title: string): ChannelError {
  return new ChannelError("invalid", { code: "message", title });
}
