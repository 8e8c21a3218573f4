import type { Content, LimitViolation, MediaType, OutboundMessage } from "../channel";
import { isRecord } from "../json";
import { checkInteractive } from "./interactive-limits";
import { checkOptionalText, checkText } from "./text-limits";

/** Meta: Cloud API, send messages and supported media: what is refused, found before it is sent. */

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_FILE_NAME = 240;
const MAX_URL = 2048;
const MAX_CONTACTS = 257;
const MIB = 1024 * 1024;

interface MediaLimit {
  maxBytes: number;
  /** `undefined`: Meta takes any kind of document. */
  mimeTypes: readonly string[] | undefined;
  caption: boolean;
}

export const MEDIA_LIMITS: Record<MediaType, MediaLimit> = {
  image: { maxBytes: 5 * MIB, mimeTypes: ["image/jpeg", "image/png"], caption: true },
  video: { maxBytes: 16 * MIB, mimeTypes: ["video/mp4", "video/3gpp"], caption: true },
  audio: {
    maxBytes: 16 * MIB,
    mimeTypes: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
    caption: false,
  },
  document: { maxBytes: 100 * MIB, mimeTypes: undefined, caption: true },
  // 100 KB for one that does not move; whether it moves is only known from its bytes.
  sticker: { maxBytes: 500 * 1024, mimeTypes: ["image/webp"], caption: false },
};

export function check({ type, content }: Pick<OutboundMessage, "type" | "content">): LimitViolation[] {
  switch (type) {
    case "text":
      return checkText(content.text, "content.text", MAX_TEXT);
    case "image":
    case "video":
    case "audio":
    case "document":
    case "sticker":
      return checkMedia(type, content);
    case "location":
      return [...checkDegrees(content.latitude, "content.latitude", 90), ...checkDegrees(content.longitude, "content.longitude", 180)];
    case "contacts":
      return checkContacts(content.contacts);
    case "reaction":
      return checkReaction(content);
    case "interactive":
      return checkInteractive(content.interactive);
    case "template":
      return checkTemplate(content);
    default:
      return [{ field: "type", message: `WhatsApp cannot send messages of type ${type}` }];
  }
}

function checkMedia(type: MediaType, content: Content): LimitViolation[] {
  const limit = MEDIA_LIMITS[type];
  const found: LimitViolation[] = [];
  const { url, media_id, external_media_id, caption, mime_type, size_bytes } = content;
  if (![url, media_id, external_media_id].some((source) => typeof source === "string" && source !== "")) {
    found.push({ field: "content", message: "One of url and media_id is required" });
  }
  if (url !== undefined && url !== null && !isWebUrl(url)) found.push({ field: "content.url", message: "Has to be an http or https address" });
  if (!limit.caption && typeof caption === "string" && caption !== "") {
    found.push({ field: "content.caption", message: `WhatsApp shows no caption with ${type}` });
  } else {
    found.push(...checkOptionalText(caption, "content.caption", MAX_CAPTION));
  }
  found.push(...checkOptionalText(content.file_name, "content.file_name", MAX_FILE_NAME));
  if (typeof mime_type === "string" && limit.mimeTypes !== undefined && !limit.mimeTypes.includes(bareMimeType(mime_type))) {
    found.push({ field: "content.mime_type", message: `WhatsApp takes as ${type}: ${limit.mimeTypes.join(", ")}` });
  }
  if (typeof size_bytes === "number" && size_bytes > limit.maxBytes) {
    found.push({ field: "content.size_bytes", message: `At most ${limit.maxBytes} bytes; it has ${size_bytes}` });
  }
  return found;
}

function bareMimeType(mimeType: string): string {
  return (mimeType.split(";")[0] ?? "").trim().toLowerCase();
}

function isWebUrl(value: unknown): boolean {
  if (typeof value !== "string" || value.length > MAX_URL || !URL.canParse(value)) return false;
  return ["http:", "https:"].includes(new URL(value).protocol);
}

function checkDegrees(value: unknown, field: string, max: number): LimitViolation[] {
  return typeof value === "number" && Math.abs(value) <= max ? [] : [{ field, message: `A number from -${max} to ${max}` }];
}

function checkContacts(contacts: unknown): LimitViolation[] {
  const field = "content.contacts";
  if (!Array.isArray(contacts) || contacts.length === 0) return [{ field, message: "At least one contact is required" }];
  if (contacts.length > MAX_CONTACTS) return [{ field, message: `At most ${MAX_CONTACTS} contacts` }];
  return contacts.flatMap((contact: unknown, index) => {
    const name = isRecord(contact) && isRecord(contact.name) ? contact.name.formatted_name : undefined;
    return checkText(name, `${field}.${index}.name.formatted_name`, MAX_CAPTION);
  });
}

function checkReaction({ message_id, emoji }: Content): LimitViolation[] {
  const found = checkText(message_id, "content.message_id", MAX_CAPTION);
  const isOne = emoji === undefined || emoji === null || emoji === "" || (typeof emoji === "string" && isOneSymbol(emoji));
  return isOne ? found : [...found, { field: "content.emoji", message: "One emoji; empty takes the reaction back" }];
}

function isOneSymbol(text: string): boolean {
  // The longest emoji, a family with skin tones, has 25 units. Letters are symbols too: Meta refuses those.
  if (text.length > 32 || !/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text)) return false;
  return [...new Intl.Segmenter().segment(text)].length === 1;
}

function checkTemplate({ name, language, components }: Content): LimitViolation[] {
  const code = isRecord(language) ? language.code : language;
  const found = checkText(code, "content.language", 20);
  if (typeof name !== "string" || !/^[a-z0-9_]{1,512}$/.test(name)) {
    found.push({ field: "content.name", message: "The name of a template: small letters, digits and _" });
  }
  if (components !== undefined && components !== null && !(Array.isArray(components) && components.every(isRecord))) {
    found.push({ field: "content.components", message: "A list of components" });
  }
  return found;
}
