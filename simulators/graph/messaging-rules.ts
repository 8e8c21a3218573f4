/** The checks of a message that precede those of its recipient. Meta: Send API; Instagram messaging API. */
import type { Platform } from "./messaging-state.ts";
import type { Json } from "./state.ts";

interface Refusal {
  code: number;
  message: string;
  subcode?: number;
}

const attachmentTypes: Record<Platform, readonly string[]> = {
  messenger: ["image", "video", "audio", "file", "template"],
  instagram: ["image", "video", "audio", "file", "template", "like_heart", "MEDIA_SHARE"],
};
const invalid = (text: string): Refusal => ({ code: 100, message: `(#100) ${text}` });
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function refuseBody(platform: Platform, body: Json): Refusal | undefined {
  const { message, messaging_type: type, tag } = body;
  if (!isObject(message)) return invalid("The parameter message is required");
  if (tag !== undefined && tag !== "HUMAN_AGENT" && tag !== "CUSTOMER_FEEDBACK")
    return invalid(`Param tag must be one of {HUMAN_AGENT, CUSTOMER_FEEDBACK}: ${JSON.stringify(tag)}`);
  if (type === "MESSAGE_TAG" && tag === undefined) return invalid("The parameter tag is required");
  if (platform === "messenger" && !["RESPONSE", "UPDATE", "MESSAGE_TAG"].includes(String(type)))
    return invalid("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}");
  const { text, attachment, attachments, quick_replies: replies } = message;
  if (replies !== undefined && (!Array.isArray(replies) || replies.length > 13))
    return invalid("Param message[quick_replies] must have at most 13 elements");
  if (text !== undefined) {
    if (typeof text !== "string" || text === "") return invalid("Param message[text] must be a non-empty UTF-8 string");
    if (platform === "instagram" && new TextEncoder().encode(text).byteLength > 1000)
      return {
        code: 100,
        subcode: 2534038,
        message: "(#100) Length of param message[text] must be less than or equal to 1000",
      };
    if (text.length > 2000) return invalid("Length of param message[text] must be less than or equal to 2000");
    return undefined;
  }
  const list = Array.isArray(attachments) ? attachments : attachment === undefined ? [] : [attachment];
  if (list.length === 0) return invalid("Must have message[text] or message[attachment]");
  if (list.length > 10) return invalid("Too many attachments");
  if (list.length > 1 && list.some((each) => !isObject(each) || each.type !== "image"))
    return invalid("Several attachments must be images");
  for (const each of list as unknown[]) {
    if (!isObject(each) || !attachmentTypes[platform].includes(String(each.type)))
      return invalid("Param message[attachment][type] is not valid");
    const payload = isObject(each.payload) ? each.payload : {};
    if (["template", "like_heart"].includes(String(each.type))) continue;
    if (typeof payload.url !== "string" && typeof payload.attachment_id !== "string")
      return invalid("Param message[attachment][payload] needs url or attachment_id");
  }
  return undefined;
}

/** The addresses of a message's files. */
export function urlsOf({ message }: Json): string[] {
  const { attachment, attachments } = isObject(message) ? message : {};
  const list: unknown[] = Array.isArray(attachments) ? attachments : [attachment];
  return list.flatMap((each) => {
    const url = isObject(each) && isObject(each.payload) ? each.payload.url : undefined;
    return typeof url === "string" ? [url] : [];
  });
}
