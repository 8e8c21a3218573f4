import { isRecord, textOf } from "../../channels/json";
import type { WindowRule } from "../window";
import { stateToWire } from "./columns";
import { messageNumberOf } from "../ids";
import type { ConversationState } from "./state";
import { fileKey, type StoredMessage, type StoredPart } from "../message/state";
import type { ConversationWithContact, Message } from "./schema";

export type { ConversationWithContact, Message } from "./schema";

/**
 * The external form of conversations and messages: in answers, live frames and webhooks. The only mapping from the
 * internal form.
 */

const wireTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const toConversation = (state: ConversationState, window: WindowRule): ConversationWithContact =>
  stateToWire(state, window) as ConversationWithContact;

/**
 * Reading is recorded on the conversation, not on its messages: an inbound message is read if its number is at most
 * `readUpTo`.
 */
const statusOf = (message: StoredMessage, state: Pick<ConversationState, "readUpTo">): StoredMessage["status"] =>
  message.status === "received" && messageNumberOf(message.id) <= state.readUpTo ? "read" : message.status;

/** Makes a temporary link to a stored file that needs no session. */
export type LinkOf = (r2Key: string) => string;

/** The parts of a mail with their links: its files, the address of its HTML, and of the mail as it came. */
function shownParts(parts: readonly StoredPart[], linkOf: LinkOf): Message["content"] {
  const files = parts.filter(({ role }) => role === "attachment" || role === "inline");
  const linkTo = (wanted: StoredPart["role"]): string | undefined => {
    const part = parts.find(({ role }) => role === wanted);
    return part && linkOf(part.r2Key);
  };
  const [html, source] = [linkTo("html"), linkTo("source")];
  return {
    attachments: files.map(({ id, role, r2Key, mimeType, sizeBytes, fileName, contentId }) => ({
      media_id: id,
      url: `/api/media/${id}`,
      signed_url: linkOf(r2Key),
      mime_type: mimeType,
      file_size: sizeBytes,
      file_name: fileName ?? null,
      inline: role === "inline",
      ...(contentId !== undefined && { content_id: contentId }),
    })),
    ...(html !== undefined && { html_url: `${html}/html` }),
    ...(source !== undefined && { source_url: source }),
  };
}

/**
 * Adds the links to a message's file: `url` needs a session, `signed_url` serves browsers, which send none for an
 * image.
 */
function withLinks(
  { content, media, parts }: StoredMessage,
  state: Pick<ConversationState, "id" | "orgId">,
  linkOf: LinkOf,
): Message["content"] {
  if (parts) return { ...content, ...shownParts(parts, linkOf) };
  return media?.state === "stored"
    ? { ...content, url: `/api/media/${media.id}`, signed_url: linkOf(fileKey(state, media)) }
    : content;
}

/** The address in a mail's own `from`: not everybody in a thread is the conversation's contact. */
const senderOf = ({ content: { from } }: StoredMessage): string | undefined =>
  isRecord(from) ? textOf(from.address) : undefined;

export function toMessage(
  message: StoredMessage,
  state: Pick<ConversationState, "id" | "orgId" | "address" | "readUpTo">,
  linkOf: LinkOf,
): Message {
  return {
    _id: message.id,
    conversation_id: state.id,
    direction: message.direction,
    type: message.type,
    // Before the content, which may contain any text (see `asRead`).
    status: statusOf(message, state),
    content: withLinks(message, state, linkOf),
    created_at: wireTime(message.createdAt)!,
    external_id: message.externalId,
    sender_phone: message.direction === "inbound" ? (senderOf(message) ?? state.address) : null,
    sender_agent_id: message.senderAgentId,
    sent_via: message.direction === "inbound" ? null : message.isFromApp ? "app" : "api",
    sender_name: message.senderName,
    client_key: message.clientKey ?? null,
    reply_to: message.replyTo,
    reply_to_external_id: message.replyToExternalId,
    reactions: message.reactions
      .filter(({ emoji }) => emoji !== "")
      .map(({ emoji, by, at, failure = null }) => ({ emoji, by, at: wireTime(at)!, failure })),
    edited_at: wireTime(message.editedAt),
    revoked_at: wireTime(message.revokedAt),
    status_times: Object.fromEntries(Object.entries(message.times).map(([status, at]) => [status, wireTime(at)!])),
    failure: message.failure,
    pricing: message.pricing && {
      billable: message.pricing.billable ?? null,
      category: message.pricing.category ?? null,
      type: message.pricing.type ?? null,
      model: message.pricing.model ?? null,
      conversation_origin: message.pricing.origin ?? null,
    },
  };
}

const STATUS = '"status":"';

/**
 * A message's stored JSON text, with its status updated if the message was read since. The first status in the text is
 * the message's own, since it precedes the content.
 */
export function asRead(id: string, text: string, { readUpTo }: Pick<ConversationState, "readUpTo">): string {
  const at = text.indexOf(STATUS) + STATUS.length;
  const changes = messageNumberOf(id) <= readUpTo && text.startsWith("received", at);
  return changes ? `${text.slice(0, at)}read${text.slice(at + "received".length)}` : text;
}
