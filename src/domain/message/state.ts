import type { ChannelFailure, Content, KeptPart, MediaReference, MessageType, Pricing } from "../../channels/channel";
import { searchableTextOf } from "../../channels/searchable-text";
import { cut } from "../../kit/cut";
import { uuidV5 } from "../../kit/id";
import type { CampaignRef } from "../campaign";
import type { ConversationIdentity } from "../conversation/state";

/** The state of a message, and the order of its statuses. Pure. */

export const MESSAGE_STATUSES = ["received", "queued", "sending", "sent", "delivered", "read", "failed"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface Reaction {
  /**
   * Empty: removed. The removal is stored but not shown, so that an older reaction that arrives late does not replace
   * it.
   */
  emoji: string;
  by: "customer" | "agent";
  at: number;
  /** The channel's failure for an agent's reaction. */
  failure?: ChannelFailure | null;
}

export interface StoredMedia {
  reference: MediaReference;
  /** `pending` until the file is copied to R2. */
  state: "pending" | "stored" | "failed";
  id: string;
  attempts: number;
  mimeType: string | null;
  fileSize: number | null;
  /** The key in R2 of an uploaded file that we send; absent: derived from the conversation (`fileKey`). */
  r2Key?: string;
}

/** A stored file that is to be sent. */
export interface FileToSend {
  r2Key: string;
  mimeType: string;
  fileName: string;
  fileSize: number;
  contentId?: string;
}

/** A message that is to be sent. */
export interface NewMessage {
  type: MessageType;
  content: Content;
  replyTo: string | null;
  /** The name of the agent who sends it. */
  senderName?: string | null;
  /** The `Idempotency-Key` of the call, by which the client that sent it knows it again. */
  clientKey?: string;
  /** The file that `content.media_id` names. */
  file?: FileToSend;
  /** The files that `content.attachments` names, in its order. */
  attachments?: readonly FileToSend[];
  /** The campaign that sends it. */
  campaign?: CampaignRef;
}

/** The campaign that sent a message, and what the customer did about it. */
export interface CampaignTrace extends CampaignRef {
  /** The first answer, and the first press of one of its buttons, in milliseconds since 1970. */
  repliedAt?: number;
  clickedAt?: number;
  /** It must not leave any more, unless it is leaving already. */
  isRecalled?: true;
}

/** A part of a mail, which is stored; `id` names it in `/api/media`. */
export type StoredPart = KeptPart & { id: string };

export interface StoredMessage {
  id: string;
  externalId: string | null;
  direction: "inbound" | "outbound";
  type: MessageType;
  content: Content;
  status: MessageStatus;
  createdAt: number;
  cycle: number;
  /** The message that this one answers or, for a reaction, its target. */
  replyTo: string | null;
  /** The channel's id of the message that this one answers, which we may not have. */
  replyToExternalId: string | null;
  senderAgentId: string | null;
  /** The business sent it in the channel's own app. */
  isFromApp: boolean;
  /** The sender's name at that time: it stays whatever becomes of the agent, and reading it needs no D1. */
  senderName: string | null;
  /** The `Idempotency-Key` of the call that sent it; absent: it had none. */
  clientKey?: string;
  media: StoredMedia | null;
  /** The parts of a mail; absent on other channels. */
  parts?: readonly StoredPart[];
  /** Further ids of the message on the channel; absent: none is known. */
  aliases?: readonly string[];
  reactions: Reaction[];
  editedAt: number | null;
  revokedAt: number | null;
  failure: ChannelFailure | null;
  /** An address that it was sent to is not to be written to again, which the contact was told. */
  hasSuppressed?: true;
  /** When each status was reached, in milliseconds since 1970. */
  times: Partial<Record<MessageStatus, number>>;
  pricing: Pricing | null;
  raw: unknown;
  /** Absent on most messages, as is the next. */
  campaign?: CampaignTrace;
  /** The campaign's message that this one, of the customer, was the first to answer or to press a button of. */
  answersCampaign?: string;
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

/** Derived, so that a redelivered file has the same id. */
export const mediaIdOf = (state: Pick<ConversationIdentity, "id">, ofMessage: string): string =>
  uuidV5(state.id, `media:${ofMessage}`);

/** A file of the channel that is to be copied. `id` empty: derived when the message is stored. */
export const awaitedMedia = (file: MediaReference, id = ""): StoredMedia => ({
  reference: file,
  state: "pending",
  id,
  attempts: 0,
  mimeType: file.mimeType ?? null,
  fileSize: null,
});
export const withPartIds = (
  state: Pick<ConversationIdentity, "id">,
  ofMessage: string,
  parts: readonly KeptPart[],
): StoredPart[] => parts.map((part, n) => ({ ...part, id: mediaIdOf(state, `${ofMessage}:${n}`) }));

/** The key of a message's file in R2. */
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
    replyToExternalId: null,
    senderAgentId: null,
    isFromApp: false,
    senderName: null,
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

/** An agent's reaction is sent like a message but shown only on its target, not in the thread. */
export const isReaction = (message: Pick<StoredMessage, "type" | "replyTo">): boolean =>
  message.type === "reaction" && message.replyTo !== null;

/** The message with this reaction in place of its author's previous one. */
export const withReaction = (message: StoredMessage, reaction: Reaction): StoredMessage => ({
  ...message,
  reactions: [...message.reactions.filter(({ by }) => by !== reaction.by), reaction],
});

/** The message with these ids of the channel; itself if it has them. */
export function withAliases(message: StoredMessage, aliases: readonly string[] = []): StoredMessage {
  const added = aliases.filter((alias) => !message.aliases?.includes(alias));
  return added.length === 0 ? message : { ...message, aliases: [...(message.aliases ?? []), ...added] };
}

/** Raises a message's status: a late lower status only adds its time. Undefined: nothing changes. */
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
    // A delivered message cannot fail.
    if (here >= STATUS_RANK.delivered) return undefined;
    return { ...message, status, times, failure };
  }
  // `outcome_unknown` is an assumption (no answer arrived), so a status of the channel replaces it.
  if (message.status === "failed" && message.failure?.code === OUTCOME_UNKNOWN)
    return { ...message, status, times, failure: null };
  if (STATUS_RANK[status] > here) return { ...message, status, times };
  return times === message.times ? undefined : { ...message, times };
}

/**
 * The channel's clock differs from ours and has whole seconds: clamps a time between those of the lower and the higher
 * statuses.
 */
function inOrder(times: StoredMessage["times"], status: MessageStatus, at: number): number {
  const known = Object.entries(times) as [MessageStatus, number][];
  const below = known.filter(([other]) => STATUS_RANK[other] < STATUS_RANK[status]).map(([, time]) => time);
  const above = known.filter(([other]) => STATUS_RANK[other] > STATUS_RANK[status]).map(([, time]) => time);
  return Math.max(Math.min(at, ...above), ...below);
}

export const OUTCOME_UNKNOWN = "outcome_unknown";

/** Empty for a deleted message. */
export function searchableText(message: Pick<StoredMessage, "type" | "content" | "revokedAt">): string {
  return message.revokedAt === null ? searchableTextOf(message).join("\n") : "";
}

/** One line for lists. */
export const previewOf = (message: StoredMessage): string =>
  message.revokedAt === null ? cut(searchableText(message), 120) || `[${message.type}]` : "[deleted]";
