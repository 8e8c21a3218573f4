import type { ChannelLimits, Content, LimitViolation, MediaType, MessageType, OutboundMessage } from "../channel";
import { publicUrlFault } from "../../kit/public-url";
import { isRecord } from "../json";
import { checkFields, checkOptionalText, checkText } from "../text-limits";

/** Checks messages against the limits of Meta's Send API for Messenger and Instagram before they are sent. */

export interface MessagingLimits extends ChannelLimits {
  readonly name: string;
  readonly types: readonly MessageType[];
}

/** Meta: Instagram. It names no number for Messenger. */
const MAX_IMAGES = 10;
const MAX_QUICK_REPLIES = 13;
const MAX_TITLE = 20;
const MAX_PAYLOAD = 1000;
const MAX_BUTTONS = 3;
const MAX_ELEMENTS = 10;

const FILE = ["url", "media_id", "mime_type", "file_size", "file_name"];
const FIELDS: Partial<Record<MessageType, readonly string[]>> = {
  text: ["text", "quick_replies"],
  image: [...FILE, "images", "quick_replies"],
  video: FILE,
  audio: FILE,
  document: FILE,
  sticker: ["text"],
  interactive: ["template", "text", "quick_replies"],
  reaction: ["message_id", "emoji"],
};

export function checkMessaging(
  limits: MessagingLimits,
  { type, content }: Pick<OutboundMessage, "type" | "content">,
): LimitViolation[] {
  const fields = FIELDS[type];
  if (!fields || !limits.types.includes(type))
    return [{ field: "type", message: `${limits.name} cannot send messages of type ${type}` }];
  const found = checkFields(content, fields, "content");
  switch (type) {
    case "text":
      return [...found, ...checkMessageText(limits, content.text), ...checkQuickReplies(content.quick_replies)];
    case "interactive":
      return [...found, ...checkTemplate(content.template), ...checkQuickReplies(content.quick_replies)];
    case "reaction":
      return [...found, ...checkText(content.message_id, "content.message_id", 1024)];
    case "sticker":
      return found;
    default:
      return [...found, ...checkFiles(limits, type as MediaType, content), ...checkQuickReplies(content.quick_replies)];
  }
}

function checkMessageText({ text: { max, unit }, name }: MessagingLimits, text: unknown): LimitViolation[] {
  const field = "content.text";
  if (typeof text !== "string" || text.trim() === "") return [{ field, message: "Required" }];
  const length = unit === "bytes" ? Buffer.byteLength(text) : text.length;
  return length > max ? [{ field, message: `${name} accepts at most ${max} ${unit}; the text has ${length}` }] : [];
}

function checkFiles(limits: MessagingLimits, type: MediaType, content: Content): LimitViolation[] {
  const { images } = content;
  if (images === undefined || images === null) return checkFile(limits, type, content, "content");
  const field = "content.images";
  if (type !== "image") return [{ field, message: `${limits.name} accepts several files only as images` }];
  if (!Array.isArray(images) || images.length < 2 || images.length > MAX_IMAGES)
    return [{ field, message: `Must have 2 to ${MAX_IMAGES} images` }];
  if (isFilled(content.url) || isFilled(content.media_id))
    return [{ field, message: "Cannot be combined with url or media_id" }];
  return images.flatMap((image: unknown, index) => {
    const at = `${field}.${index}`;
    if (!isRecord(image)) return [{ field: at, message: "Must be an image with url or media_id" }];
    return [...checkFields(image, FILE, at), ...checkFile(limits, type, image, at)];
  });
}

function checkFile(limits: MessagingLimits, type: MediaType, file: Content, at: string): LimitViolation[] {
  const { url, media_id, mime_type, file_size } = file;
  const found: LimitViolation[] = [];
  if (isFilled(url) === isFilled(media_id))
    found.push({ field: at, message: "Exactly one of url and media_id is required" });
  const fault = isFilled(url) ? publicUrlFault(url) : undefined;
  if (fault !== undefined) found.push({ field: `${at}.url`, message: fault });
  const limit = limits.files[type];
  const bare = typeof mime_type === "string" ? (mime_type.split(";")[0] ?? "").trim().toLowerCase() : undefined;
  if (bare !== undefined && limit?.mimeTypes && !limit.mimeTypes.includes(bare))
    found.push({
      field: `${at}.mime_type`,
      message: `${limits.name} accepts ${limit.mimeTypes.join(", ")} for ${type}; it is ${bare.slice(0, 100)}`,
    });
  if (typeof file_size === "number" && limit && file_size > limit.maxBytes)
    found.push({ field: `${at}.file_size`, message: `Must have at most ${limit.maxBytes} bytes; it has ${file_size}` });
  return found;
}

const isFilled = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** Meta: quick replies. */
function checkQuickReplies(replies: unknown): LimitViolation[] {
  const field = "content.quick_replies";
  if (replies === undefined || replies === null) return [];
  if (!Array.isArray(replies) || replies.length === 0 || replies.length > MAX_QUICK_REPLIES)
    return [{ field, message: `Must have 1 to ${MAX_QUICK_REPLIES} quick replies` }];
  return replies.flatMap((reply: unknown, index) => {
    const at = `${field}.${index}`;
    if (!isRecord(reply)) return [{ field: at, message: "Must be a quick reply" }];
    const found = checkFields(reply, ["content_type", "title", "payload", "image_url"], at);
    const kind = reply.content_type;
    if (kind === "user_phone_number" || kind === "user_email") return found;
    if (kind !== "text")
      found.push({ field: `${at}.content_type`, message: 'Must be "text", "user_phone_number" or "user_email"' });
    return [
      ...found,
      ...checkText(reply.title, `${at}.title`, MAX_TITLE),
      ...checkText(reply.payload, `${at}.payload`, MAX_PAYLOAD),
      ...checkLink(reply.image_url, `${at}.image_url`),
    ];
  });
}

/** Meta: generic and button templates; `content.template` is Meta's payload and is sent unchanged. */
function checkTemplate(template: unknown): LimitViolation[] {
  const field = "content.template";
  if (!isRecord(template)) return [{ field, message: "Required" }];
  const { template_type: kind, text, buttons, elements } = template;
  if (kind === "button")
    return [
      ...checkFields(template, ["template_type", "text", "buttons"], field),
      ...checkText(text, `${field}.text`, 640),
      ...checkButtons(buttons, `${field}.buttons`, true),
    ];
  if (kind !== "generic") return [{ field: `${field}.template_type`, message: 'Must be "generic" or "button"' }];
  const found = checkFields(template, ["template_type", "elements", "image_aspect_ratio", "sharable"], field);
  if (!Array.isArray(elements) || elements.length === 0 || elements.length > MAX_ELEMENTS)
    return [...found, { field: `${field}.elements`, message: `Must have 1 to ${MAX_ELEMENTS} elements` }];
  return [...found, ...elements.flatMap((each: unknown, index) => checkElement(each, `${field}.elements.${index}`))];
}

function checkElement(element: unknown, at: string): LimitViolation[] {
  if (!isRecord(element)) return [{ field: at, message: "Must be an element" }];
  const action = isRecord(element.default_action) ? element.default_action : {};
  return [
    ...checkFields(element, ["title", "subtitle", "image_url", "default_action", "buttons"], at),
    ...checkText(element.title, `${at}.title`, 80),
    ...checkOptionalText(element.subtitle, `${at}.subtitle`, 80),
    ...checkLink(element.image_url, `${at}.image_url`),
    ...checkLink(action.url, `${at}.default_action.url`),
    ...checkButtons(element.buttons, `${at}.buttons`, false),
  ];
}

function checkButtons(buttons: unknown, field: string, isRequired: boolean): LimitViolation[] {
  if ((buttons === undefined || buttons === null) && !isRequired) return [];
  if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > MAX_BUTTONS)
    return [{ field, message: `Must have 1 to ${MAX_BUTTONS} buttons` }];
  return buttons.flatMap((button: unknown, index) => {
    const at = `${field}.${index}`;
    if (!isRecord(button)) return [{ field: at, message: "Must be a button" }];
    const title = checkText(button.title, `${at}.title`, MAX_TITLE);
    switch (button.type) {
      case "web_url":
        return [
          ...title,
          ...(publicUrlFault(button.url) ? [{ field: `${at}.url`, message: publicUrlFault(button.url)! }] : []),
        ];
      case "postback":
      case "phone_number":
        return [...title, ...checkText(button.payload, `${at}.payload`, MAX_PAYLOAD)];
      default:
        return [{ field: `${at}.type`, message: 'Must be "web_url", "postback" or "phone_number"' }];
    }
  });
}

/** Meta fetches it. */
function checkLink(url: unknown, field: string): LimitViolation[] {
  const fault = url === undefined || url === null ? undefined : publicUrlFault(url);
  return fault === undefined ? [] : [{ field, message: fault }];
}
