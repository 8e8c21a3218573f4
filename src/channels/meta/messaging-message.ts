import type { Content, InboundMessage, MediaReference, MediaType, MessageType } from "../channel";
import { defined, isRecord, textOf } from "../json";

/** Meta: Messenger and Instagram, the `message` of an event in our terms. Pure. */

type Json = Record<string, unknown>;

/** A part of a message: its text and a link, or a file. */
interface Part {
  type: MessageType;
  content: Content;
  file?: MediaReference;
}

type Body = Pick<InboundMessage, "type" | "content" | "files" | "replyTo" | "raw">;

/** `event`: kept for what cannot be read. */
export function messageContent(message: Json, event: unknown): Body {
  const text = textOf(message.text);
  const replyTo = isRecord(message.reply_to) ? message.reply_to : {};
  const parts = [
    ...storyParts(replyTo.story),
    ...(Array.isArray(message.attachments) ? message.attachments.map((each: unknown) => partOf(each)) : []),
  ];
  const [first, ...others] = parts;
  const known = message.is_unsupported === true ? undefined : (first ?? textPart(message, text));
  const { type, content } = known ?? { type: "unsupported" as const, content: {} };
  const isFile = first !== undefined && first.type in FILE_TYPES_SET;
  const files = parts.flatMap(({ file }) => file ?? []);
  const linked = others.filter(({ file }) => file === undefined).map((part) => ({ type: part.type, ...part.content }));
  const mid = textOf(replyTo.mid);
  return {
    type,
    content: {
      ...content,
      ...(text !== undefined && (isFile ? { caption: text } : { text })),
      ...defined({
        attachments: linked.length > 0 ? linked : undefined,
        referral: isRecord(message.referral) ? message.referral : undefined,
      }),
    },
    ...(files.length > 0 && { files }),
    ...(mid !== undefined && { replyTo: mid }),
    ...((known === undefined || type === "unsupported") && { raw: event }),
  };
}

/** `content.id` is the id of the choice, as in the answers of all channels. */
function textPart({ quick_reply: chosen }: Json, text: string | undefined): Part | undefined {
  const id = isRecord(chosen) ? textOf(chosen.payload) : undefined;
  if (id !== undefined) return { type: "quick_reply", content: { id, text: text ?? id } };
  return text === undefined ? undefined : { type: "text", content: {} };
}

/** The story that a message answers. Its file expires with the story, so it is kept as a copy. */
function storyParts(story: unknown): Part[] {
  if (!isRecord(story)) return [];
  const content = { story: defined({ id: textOf(story.id) }), policy: STORY_POLICY };
  return [withFile("story_reply", content, textOf(story.url), undefined)];
}

/** Meta: stories may be shown only as long as the person shares them. docs/instagram.md says what follows. */
const STORY_POLICY = "story";

const FILE_TYPES: Record<string, MediaType> = {
  image: "image",
  gif: "image",
  video: "video",
  audio: "audio",
  file: "document",
  sticker: "sticker",
};
const FILE_TYPES_SET: Record<string, true> = { image: true, video: true, audio: true, document: true, sticker: true };

/** Posts, reels and links that a person shares. */
const SHARES = new Set(["share", "media", "post", "reel", "ig_post", "ig_reel", "fallback"]);
const STORIES: Record<string, MessageType> = { story_mention: "story_mention", story: "share", ig_story: "share" };

function partOf(attachment: unknown): Part {
  const said = isRecord(attachment) ? attachment : {};
  const payload = isRecord(said.payload) ? said.payload : {};
  const kind = textOf(said.type)?.toLowerCase() ?? "";
  const url = textOf(payload.url) ?? textOf(said.url) ?? textOf(said.URL);
  const title = textOf(payload.title) ?? textOf(said.title);
  const media = Object.hasOwn(FILE_TYPES, kind) ? FILE_TYPES[kind] : undefined;
  if (media !== undefined) {
    const type = media === "image" && textOf(payload.sticker_id) !== undefined ? "sticker" : media;
    return withFile(type, {}, url, type, type === "document" ? nameIn(url) : undefined);
  }
  if (kind === "like_heart") return { type: "sticker", content: { text: "❤️" } };
  if (kind === "location") return { type: "location", content: place(payload, title, url) };
  if (kind === "template") return { type: "interactive", content: defined({ text: title, template: payload }) };
  const story = Object.hasOwn(STORIES, kind) ? STORIES[kind] : undefined;
  if (story !== undefined) {
    const content = defined({ share: story === "share" ? kind : undefined, text: title, policy: STORY_POLICY });
    return withFile(story, content, url, undefined);
  }
  if (!SHARES.has(kind)) return { type: "unsupported", content: defined({ original_type: kind, text: title }) };
  const id = [payload.ig_post_media_id, payload.reel_video_id, payload.id].map(textOf).find((each) => each);
  const content = defined({ share: kind, text: title, id });
  // A link leads to a page; all else is a file on Meta's media hosts.
  return kind === "fallback" || (url !== undefined && isPage(url))
    ? { type: "share", content: defined({ ...content, link: url }) }
    : withFile("share", content, url, undefined);
}

function withFile(
  type: MessageType,
  content: Content,
  url: string | undefined,
  fileType: MediaType | undefined,
  fileName?: string,
): Part {
  if (url === undefined) return { type, content };
  const file = { externalId: url, ...defined({ type: fileType, fileName }) };
  return { type, content: { ...content, ...defined({ file_name: fileName }) }, file };
}

function place(payload: Json, title: string | undefined, link: string | undefined): Content {
  const at = isRecord(payload.coordinates) ? payload.coordinates : {};
  const degrees = (value: unknown): number | undefined => {
    const text = textOf(value);
    const number = text === undefined ? Number.NaN : Number(text);
    return Number.isFinite(number) ? number : undefined;
  };
  return defined({ latitude: degrees(at.lat), longitude: degrees(at.long), name: title, text: title, link });
}

const PAGES = ["facebook.com", "instagram.com", "fb.com", "fb.me", "fb.watch", "m.me", "ig.me"];

function isPage(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { hostname } = new URL(url);
  return PAGES.some((host) => hostname === host || hostname === `www.${host}` || hostname === `m.${host}`);
}

/** The file's name, which Meta's address ends with. */
function nameIn(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const last = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    const name = decodeURIComponent(last);
    return /\.\w{1,8}$/.test(name) ? name.slice(0, 240) : undefined;
  } catch {
    return undefined;
  }
}
