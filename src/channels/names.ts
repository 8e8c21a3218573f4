/** The channels and the types of messages. */

export const CHANNELS = ["whatsapp", "instagram", "messenger", "email"] as const;
export type Channel = (typeof CHANNELS)[number];

export const MESSAGE_TYPES = [
  "text",
  "image",
  "video",
  "audio",
  "document",
  "sticker",
  "location",
  "contacts",
  "interactive",
  "button",
  "template",
  "reaction",
  "order",
  "share",
  "story_mention",
  "story_reply",
  "postback",
  "quick_reply",
  "email",
  "system",
  "unsupported",
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];
export const MEDIA_TYPES = ["image", "video", "audio", "document", "sticker"] as const satisfies readonly MessageType[];
export type MediaType = (typeof MEDIA_TYPES)[number];

/**
 * Free-form JSON in our terms: `{text}` for text, `{caption?, mime_type, …}` for media. Search uses `text`, `caption`
 * and others (searchable-text.ts).
 */
export type Content = Record<string, unknown>;
