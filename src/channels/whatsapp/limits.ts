import type { ChannelLimits, Content, LimitViolation, MediaType, MessageType, OutboundMessage } from "../channel";
import { publicUrlFault } from "../../kit/public-url";
import { isRecord } from "../json";
import { checkInteractive } from "./interactive-limits";
import { checkTemplate } from "./template-limits";
import { checkFields, checkFlag, checkOptionalText, checkText } from "../text-limits";

/** Checks messages against the limits of Meta's Cloud API (send messages, supported media) before they are sent. */

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_FILE_NAME = 240;
const MAX_CONTACTS = 257;
const MIB = 1024 * 1024;

interface MediaLimit {
  maxBytes: number;
  /** `undefined`: Meta accepts any type when it fetches the file from a URL. */
  mimeTypes: readonly string[] | undefined;
  /** The types accepted when the file is uploaded to Meta, where they are fewer. */
  uploadTypes?: readonly string[];
  caption: boolean;
}

const MAX_STILL_STICKER = 100 * 1024;

const OFFICE = "application/vnd.openxmlformats-officedocument";
const UPLOADABLE_DOCUMENTS = [
  "application/pdf",
  "text/plain",
  "text/csv",
  "application/msword",
  "application/vnd.ms-excel",
  "application/vnd.ms-powerpoint",
  `${OFFICE}.wordprocessingml.document`,
  `${OFFICE}.spreadsheetml.sheet`,
  `${OFFICE}.presentationml.presentation`,
];

const MEDIA_LIMITS: Record<MediaType, MediaLimit> = {
  image: { maxBytes: 5 * MIB, mimeTypes: ["image/jpeg", "image/png"], caption: true },
  video: { maxBytes: 16 * MIB, mimeTypes: ["video/mp4", "video/3gpp"], caption: true },
  audio: {
    maxBytes: 16 * MIB,
    mimeTypes: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
    caption: false,
  },
  document: { maxBytes: 100 * MIB, mimeTypes: undefined, uploadTypes: UPLOADABLE_DOCUMENTS, caption: true },
  sticker: { maxBytes: 500 * 1024, mimeTypes: ["image/webp"], caption: false },
};

export const limits: ChannelLimits = {
  text: { max: MAX_TEXT, unit: "characters" },
  files: MEDIA_LIMITS,
  inboundFileBytes: 100 * MIB,
};

const FILE = ["url", "media_id", "external_media_id", "caption", "file_name", "mime_type", "file_size"];

/**
 * The allowed fields in the content of each type: an unknown field is probably a mistake. `text` beside Meta's own
 * fields is for search and previews.
 */
const FIELDS: Partial<Record<MessageType, readonly string[]>> = {
  text: ["text", "preview_url"],
  image: FILE,
  video: FILE,
  audio: [...FILE, "voice"],
  document: FILE,
  sticker: [...FILE, "animated"],
  location: ["latitude", "longitude", "name", "address"],
  contacts: ["contacts"],
  reaction: ["message_id", "emoji"],
  interactive: ["interactive", "text"],
  template: ["name", "language", "components", "text"],
};

export function check({ type, content }: Pick<OutboundMessage, "type" | "content">): LimitViolation[] {
  const fields = FIELDS[type];
  return fields
    ? [...checkFields(content, fields, "content"), ...checkContent(type, content)]
    : checkContent(type, content);
}

function checkContent(type: MessageType, content: Content): LimitViolation[] {
  switch (type) {
    case "text":
      return [
        ...checkText(content.text, "content.text", MAX_TEXT),
        ...checkFlag(content.preview_url, "content.preview_url"),
      ];
    case "image":
    case "video":
    case "audio":
    case "document":
    case "sticker":
      return checkMedia(type, content);
    case "location":
      return [
        ...checkDegrees(content.latitude, "content.latitude", 90),
        ...checkDegrees(content.longitude, "content.longitude", 180),
      ];
    case "contacts":
      return checkContacts(content.contacts);
    case "reaction":
      return checkReaction(content);
    case "interactive":
      return [...checkInteractive(content.interactive), ...checkLinks(content.interactive, "content.interactive")];
    case "template":
      return [...checkTemplate(content), ...checkLinks(content.components, "content.components")];
    default:
      return [{ field: "type", message: `WhatsApp cannot send messages of type ${type}` }];
  }
}

function checkMedia(type: MediaType, content: Content): LimitViolation[] {
  const limit = MEDIA_LIMITS[type];
  const found: LimitViolation[] = [];
  const { url, media_id, external_media_id, caption, mime_type, file_size, animated } = content;
  const isUpload = isFilled(media_id);
  if (isFilled(url) === isUpload && !isFilled(external_media_id))
    found.push({ field: "content", message: "Exactly one of url and media_id is required" });
  // Meta fetches the URL, and must not be made to call addresses that are not public.
  const fault = url === undefined || url === null ? undefined : publicUrlFault(url);
  if (fault !== undefined) found.push({ field: "content.url", message: fault });
  if (!limit.caption && typeof caption === "string" && caption !== "") {
    found.push({ field: "content.caption", message: `WhatsApp does not support captions for ${type}` });
  } else {
    found.push(...checkOptionalText(caption, "content.caption", MAX_CAPTION));
  }
  found.push(
    ...checkOptionalText(content.file_name, "content.file_name", MAX_FILE_NAME),
    ...checkFlag(content.voice, "content.voice"),
  );
  const mimeTypes = (isUpload ? limit.uploadTypes : undefined) ?? limit.mimeTypes;
  if (typeof mime_type === "string" && mimeTypes !== undefined && !mimeTypes.includes(bareMimeType(mime_type))) {
    found.push({
      field: "content.mime_type",
      message: `WhatsApp accepts ${mimeTypes.join(", ")} for ${type}; it is ${mime_type.slice(0, 100)}`,
    });
  } else if (type === "audio" && typeof mime_type === "string" && isOtherOgg(mime_type)) {
    found.push({
      field: "content.mime_type",
      message: `WhatsApp accepts audio/ogg only with the codec Opus; it is ${mime_type.slice(0, 100)}`,
    });
  }
  // Only our own files tell whether a sticker is animated.
  const maxBytes = type === "sticker" && animated === false ? MAX_STILL_STICKER : limit.maxBytes;
  if (typeof file_size === "number" && file_size > maxBytes) {
    found.push({ field: "content.file_size", message: `Must have at most ${maxBytes} bytes; it has ${file_size}` });
  }
  return found;
}

/** Checks headers and cards at any depth: Meta fetches each `link`, and does not know the ids of our uploads. */
function checkLinks(value: unknown, field: string): LimitViolation[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown, index) => checkLinks(each, `${field}.${index}`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const fault =
      key === "link"
        ? publicUrlFault(each)
        : key === "media_id"
          ? "Uploads are not supported here: use link with a public https URL, or id with Meta's own id"
          : undefined;
    return fault === undefined ? checkLinks(each, `${field}.${key}`) : [{ field: `${field}.${key}`, message: fault }];
  });
}

function bareMimeType(mimeType: string): string {
  return (mimeType.split(";")[0] ?? "").trim().toLowerCase();
}

/** Without a codec it is taken for Opus, as our own files have it. */
function isOtherOgg(mimeType: string): boolean {
  const codecs = /;\s*codecs\s*=\s*"?([^";]+)/i.exec(mimeType)?.[1];
  return bareMimeType(mimeType) === "audio/ogg" && codecs !== undefined && codecs.trim().toLowerCase() !== "opus";
}

const isFilled = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

function checkDegrees(value: unknown, field: string, max: number): LimitViolation[] {
  return typeof value === "number" && Math.abs(value) <= max
    ? []
    : [{ field, message: `Must be a number from -${max} to ${max}` }];
}

function checkContacts(contacts: unknown): LimitViolation[] {
  const field = "content.contacts";
  if (!Array.isArray(contacts) || contacts.length === 0)
    return [{ field, message: "At least one contact is required" }];
  if (contacts.length > MAX_CONTACTS) return [{ field, message: `Must have at most ${MAX_CONTACTS} contacts` }];
  return contacts.flatMap((contact: unknown, index) => {
    const name = isRecord(contact) && isRecord(contact.name) ? contact.name.formatted_name : undefined;
    return checkText(name, `${field}.${index}.name.formatted_name`, MAX_CAPTION);
  });
}

function checkReaction({ message_id, emoji }: Content): LimitViolation[] {
  const found = checkText(message_id, "content.message_id", MAX_CAPTION);
  const isOne =
    emoji === undefined || emoji === null || emoji === "" || (typeof emoji === "string" && isOneSymbol(emoji));
  return isOne
    ? found
    : [...found, { field: "content.emoji", message: "Must be one emoji, or empty to remove the reaction" }];
}

function isOneSymbol(text: string): boolean {
  // The longest emoji, a family with skin tones, has 25 units. Letters are symbols too: Meta refuses those.
  if (text.length > 32 || !/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text)) return false;
  return [...new Intl.Segmenter().segment(text)].length === 1;
}
