import type { ChannelFailure, Content, MediaReference, MessageType } from "../../channels/channel";
import { searchableTextOf } from "../../channels/searchable-text";
import { cut } from "../../kit/cut";
import { uuidV5 } from "../../kit/id";
import type { ConversationIdentity } from "../conversation/state";

/** What a message is, and how its status climbs. Pure. */

export const MESSAGE_STATUSES = ["received", "queued", "sending", "sent", "delivered", "read", "failed"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface Reaction {
  /** Empty: taken back. It is kept, and shown to nobody, so that an older one that comes late does not take its place. */
  emoji: string;
  by: "customer" | "agent";
  at: number;
  /** Of an agent's: why the channel did not take it. */
  failure?: ChannelFailure | null;
}

export interface StoredMedia {
  reference: MediaReference;
  /** `pending` until it is copied to R2. */
  state: "pending" | "stored" | "failed";
  id: string;
  attempts: number;
  mimeType: string | null;
  fileSize: number | null;
  /** Where in R2, if not at the conversation's own place: what we send is where it was uploaded to. */
  r2Key?: string;
}

/** A file that is kept, to be sent. */
export interface FileToSend {
  r2Key: string;
  mimeType: string;
  fileName: string;
  fileSize: number;
}

/** What is to be sent. */
export interface NewMessage {
  type: MessageType;
  content: Content;
  replyTo: string | null;
  /** What `content.media_id` names. */
  file?: FileToSend;
}

export interface StoredMessage {
  id: string;
  externalId: string | null;
  direction: "inbound" | "outbound";
  type: MessageType;
  content: Content;
  status: MessageStatus;
  createdAt: number;
  cycle: number;
  /** The message that this one answers, or, of a reaction, the one that it is on. */
  replyTo: string | null;
  senderAgentId: string | null;
  media: StoredMedia | null;
  reactions: Reaction[];
  editedAt: number | null;
  revokedAt: number | null;
  failure: ChannelFailure | null;
  /** When each step was reached. */
  times: Partial<Record<MessageStatus, number>>;
  pricing: Record<string, unknown> | null;
  raw: unknown;
}

export const STATUS_RANK: Record<MessageStatus, number> = {
  received: 0,
  queued: 0,
  sending: 1,
  sent: 2,
  delivered: 3,
  read: 4,
  failed: 5,
};

/** Derived, so that a file that comes again is the same one. */
export const mediaIdOf = (state: Pick<ConversationIdentity, "id">, ofMessage: string): string =>
  uuidV5(state.id, `media:${ofMessage}`);

/** Where a message's file is in R2. */
export const fileKey = (state: Pick<ConversationIdentity, "id" | "orgId">, media: StoredMedia): string =>
  media.r2Key ?? `${state.orgId}/${state.id}/${media.id}`;

export function blankMessage(
  id: string,
  direction: StoredMessage["direction"],
  type: MessageType,
  content: Content,
  createdAt: number,
  cycle: number,
): StoredMessage {
  return {
    id,
    direction,
    type,
    content,
    createdAt,
    cycle,
    externalId: null,
    status: "queued",
    replyTo: null,
    senderAgentId: null,
    media: null,
    reactions: [],
    editedAt: null,
    revokedAt: null,
    failure: null,
    times: {},
    pricing: null,
    raw: null,
  };
}

/** An agent's reaction is sent as messages are, and seen on the message that it is on only: it is none of the thread's own. */
export const isReaction = (message: Pick<StoredMessage, "type" | "replyTo">): boolean =>
  message.type === "reaction" && message.replyTo !== null;

/** A message with this reaction in place of the one that its author had. */
export const withReaction = (message: StoredMessage, reaction: Reaction): StoredMessage => ({
  ...message,
  reactions: [...message.reactions.filter(({ by }) => by !== reaction.by), reaction],
});

/**
 * The message with a status that is higher than its own; a late "sent" never takes "read" back, and adds only when it was. Undefined: it
 * is all known.
 */
export function climb(
  message: StoredMessage,
  status: MessageStatus,
  at: number,
  failure: ChannelFailure | null,
): StoredMessage | undefined {
  const here = STATUS_RANK[message.status];
  const times =
    message.times[status] === undefined
      ? { ...message.times, [status]: inOrder(message.times, status, at) }
      : message.times;
  if (status === "failed") {
    // Failed only from before delivered.
    if (here >= STATUS_RANK.delivered) return undefined;
    return { ...message, status, times, failure };
  }
  // A failure that we only supposed (no answer came) gives way to the channel's own word.
  if (message.status === "failed" && message.failure?.code === OUTCOME_UNKNOWN)
    return { ...message, status, times, failure: null };
  if (STATUS_RANK[status] > here) return { ...message, status, times };
  return times === message.times ? undefined : { ...message, times };
}

/** A channel's clock is not ours and has whole seconds: no step is before the ones below it, or after those above. */
function inOrder(times: StoredMessage["times"], status: MessageStatus, at: number): number {
  const known = Object.entries(times) as [MessageStatus, number][];
  const below = known.filter(([other]) => STATUS_RANK[other] < STATUS_RANK[status]).map(([, time]) => time);
  const above = known.filter(([other]) => STATUS_RANK[other] > STATUS_RANK[status]).map(([, time]) => time);
  return Math.max(Math.min(at, ...above), ...below);
}

export const OUTCOME_UNKNOWN = "outcome_unknown";

/** Nothing, once it was taken back. */
export function searchableText(message: Pick<StoredMessage, "type" | "content" | "revokedAt">): string {
  return message.revokedAt === null ? searchableTextOf(message).join("\n") : "";
}

/** A line of it, for lists. */
export const previewOf = (message: StoredMessage): string =>
  message.revokedAt === null ? cut(searchableText(message), 120) || `[${message.type}]` : "[deleted]";
