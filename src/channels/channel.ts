import type { z } from "@hono/zod-openapi";

/**
 * The contract between the product and a channel. A channel is data, two pure mappings (raw delivery → updates, message →
 * request) and a small client. Nothing outside a channel's folder knows its payloads.
 */

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
  "system",
  "unsupported",
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];
export const MEDIA_TYPES = ["image", "video", "audio", "document", "sticker"] as const satisfies readonly MessageType[];
export type MediaType = (typeof MEDIA_TYPES)[number];

/** Free-form JSON, in our words: `{text}` for text, `{caption?, mime_type, …}` for media. Text that people search for is `text` or `caption` (words.ts). */
export type Content = Record<string, unknown>;

/** How a channel names the person at the other end. At least one of `address` and `userId` is there. */
export interface Party {
  /** The channel's address: a phone number in E.164 with `+` for WhatsApp. */
  address?: string;
  /** A scoped user id that lives beside the address (WhatsApp's BSUID). */
  userId?: string;
  name?: string;
  username?: string;
}

/** A file that the channel holds for us until it is copied. */
export interface MediaReference {
  /** The channel's id of the file. */
  externalId: string;
  mimeType?: string;
  sha256?: string;
  fileName?: string;
}

/** A file of ours on its way to a channel. */
export interface OutboundFile {
  body: ReadableStream;
  sizeBytes: number;
  mimeType: string;
  fileName: string;
}

export interface InboundMessage {
  /** The channel's id of the message: what makes a redelivery recognisable. */
  externalId: string;
  /** The channel's clock, milliseconds since 1970. */
  at: number;
  type: MessageType;
  content: Content;
  media?: MediaReference;
  /** The channel's id of the message that this one answers. */
  replyTo?: string;
  /** Kept for types that we do not know. */
  raw?: unknown;
}

export const DELIVERY_STATUSES = ["sent", "delivered", "read", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What the channel says of a failure, in its own words. */
export interface ChannelFailure {
  code: string;
  title: string;
  detail?: string;
}

/** What the channel does to accounts of ours, in its own words. Absent: it says nothing of that. */
export interface AccountChange {
  /** The channel's id of the business whose accounts are meant. */
  business: string;
  /** Only the one with this number, in digits. */
  number?: string;
  health?: "connected" | "degraded" | "disconnected";
  detail?: string;
  /** When the channel itself ends it. */
  until?: number;
  qualityRating?: string;
  messagingLimit?: string;
}

/** What a channel says of an account when it is connected, where it does. */
export interface ConnectedAccount {
  /** The account's number, in digits. */
  displayNumber?: string;
  qualityRating?: string;
}

/** One thing that a delivery says. `account` is the channel's id of our account: WhatsApp's phone_number_id. */
export type ChannelUpdate =
  | { kind: "message"; account: string; from: Party; message: InboundMessage }
  /** An emoji on a message; `emoji` absent: taken back. */
  | { kind: "reaction"; account: string; from: Party; externalId: string; at: number; target: string; emoji?: string }
  | { kind: "edit"; account: string; from: Party; externalId: string; at: number; target: string; content: Content }
  | { kind: "revoke"; account: string; from: Party; externalId: string; at: number; target: string }
  | {
      kind: "status";
      account: string;
      to: Party;
      /** The channel's id of our message. */
      externalId: string;
      /** Our message id, where it was sent along and came back. */
      messageId?: string;
      status: DeliveryStatus;
      at: number;
      failure?: ChannelFailure;
      /** What the channel charges by, as it says it. */
      pricing?: Record<string, unknown>;
    }
  /** The person is known by a new address from now on. `event` and `text`: how the channel calls it, for the thread. */
  | {
      kind: "address_changed";
      account: string;
      from: Party;
      externalId: string;
      at: number;
      newAddress?: string;
      newUserId?: string;
      event?: string;
      text?: string;
    }
  /** Something about an account, a number or a template, not about a person. `subject` is the channel's id of what it is about. */
  | { kind: "account_event"; subject: string; event: string; at?: number; value: unknown; change?: AccountChange }
  /** A shape that we do not know: kept whole, counted, answered 200. */
  | { kind: "unknown"; account?: string; reason: string; raw: unknown };

/** A message as it leaves. `id` is ours and travels along, so that a send whose answer was lost can be recognised. */
export interface OutboundMessage {
  id: string;
  type: MessageType;
  /** In our words, but for what the channel knows by ids of its own: `external_media_id` of a file, `message_id` of what a reaction is on. */
  content: Content;
  /** The channel's id of the message that this one answers. */
  replyTo?: string;
}

export interface SendReceipt {
  externalId: string;
  /** The address that the channel resolved ours to, where it says so. */
  address?: string;
  userId?: string;
}

/**
 * What is to be done about a failed call. One class a failure, decided in one place a channel.
 * - `transient` the channel is unwell: again, with backoff
 * - `throttled` too fast for the account: again, later
 * - `pair_throttled` too fast for this person: again after 4^n seconds
 * - `ambiguous` no answer: it may have been accepted; wait for its status before trying again
 * - `window_closed`, `undeliverable`, `suppressed`, `rejected_media`, `rejected_template`, `invalid`: fails this message
 * - `reauth` the token is dead: the account needs its owner; `account_blocked` the account may not send; both stop the account
 * - `forbidden` a permission is missing
 */
export const FAILURE_CLASSES = [
  "transient",
  "throttled",
  "pair_throttled",
  "ambiguous",
  "window_closed",
  "undeliverable",
  "suppressed",
  "rejected_media",
  "rejected_template",
  "invalid",
  "reauth",
  "account_blocked",
  "forbidden",
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** A call to a channel that did not succeed. The message carries the channel's words and never a secret. */
export class ChannelError extends Error {
  readonly failure: ChannelFailure;
  readonly failureClass: FailureClass;
  readonly retryAfterSeconds: number | undefined;
  constructor(failureClass: FailureClass, failure: ChannelFailure, retryAfterSeconds?: number, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.title}`, options);
    this.name = "ChannelError";
    this.failure = failure;
    this.failureClass = failureClass;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Where a channel's service is, from configuration. */
export interface ChannelEndpoint {
  graphApiUrl: string;
  graphApiVersion: string;
  timeoutMs: number;
}

/** Why a message cannot go out on this channel, before it is tried. */
export interface LimitViolation {
  /** Dotted path in the request body: `content.text`. */
  field: string;
  message: string;
}

/** A question with up to ten answers to choose from. What is chosen comes back as an inbound message whose `content.id` is the option's. */
export interface Choice {
  text: string;
  /** What opens the options where they are not shown at once; at most 20 characters. */
  button: string;
  /** A title has at most 24 characters. */
  options: readonly { id: string; title: string }[];
}

export interface ChannelAdapter {
  readonly channel: Channel;
  /** What an account of this channel is configured with. Unknown fields are refused. */
  readonly config: z.ZodObject;
  /** The fields of `config` that are secrets: encrypted at rest, masked in answers. */
  readonly secrets: readonly string[];
  /** The channel's id of the account, by which its deliveries are routed. */
  accountId(config: Record<string, unknown>): string;
  /** The channel's id of the business that owns the account. */
  businessId(config: Record<string, unknown>): string;
  /** Pure. The businesses that a raw delivery is about: whoever signs it with a secret of their own must own one. */
  businessesOf(delivery: unknown): string[];
  /** Length of the customer service window in hours; 0: the channel has none. */
  readonly windowHours: number;
  /** Pure. The raw delivery, parsed as JSON. Never throws: what it does not know comes out as `unknown`. */
  parse(delivery: unknown): ChannelUpdate[];
  /** Pure. What is wrong with a message before it is sent; empty when it may go. */
  check(message: Pick<OutboundMessage, "type" | "content">): LimitViolation[];
  /** Pure. The question as this channel puts it; absent where it can only be put as text. */
  askChoice?(choice: Choice): Pick<OutboundMessage, "type" | "content">;
  /** Looks whether the channel can be reached, where there is doubt: what fails here has sent nothing. Throws ChannelError. */
  reach(endpoint: ChannelEndpoint): Promise<void>;
  /** Sends one message, at once: nothing is awaited before the call. Throws ChannelError. */
  send(
    endpoint: ChannelEndpoint,
    config: Record<string, unknown>,
    to: Party,
    message: OutboundMessage,
  ): Promise<SendReceipt>;
  /** Tells the customer that a message was read. Throws ChannelError. */
  markRead(endpoint: ChannelEndpoint, config: Record<string, unknown>, externalId: string): Promise<void>;
  /** Opens a file that a customer sent; the body streams. Throws ChannelError. */
  openMedia(
    endpoint: ChannelEndpoint,
    config: Record<string, unknown>,
    externalId: string,
  ): Promise<{ body: ReadableStream; mimeType?: string; sizeBytes?: number }>;
  /** Gives the channel a file, so that a message can name it by what this answers (`content.external_media_id`). Again does no harm. Throws ChannelError. */
  uploadMedia(endpoint: ChannelEndpoint, config: Record<string, unknown>, file: OutboundFile): Promise<string>;
  /** What a new account needs done at the channel: registered and subscribed. Throws ChannelError. */
  connect(endpoint: ChannelEndpoint, config: Record<string, unknown>): Promise<ConnectedAccount>;
}
