import type { ChannelFailure } from "./failure";
import type { Content, MediaType, MessageType } from "./names";

/** What a delivery of a channel says, in our words. All ids are the channel's, all times milliseconds since 1970 by its clock. */

/** How a channel names the person at the other end. At least one of `address` and `userId` is there. */
export interface Party {
  /** What the person is written to by (`capabilities.address`): a phone number in E.164 with `+`, an email address, or a user id scoped to the account. */
  address?: string;
  /** A scoped user id that lives beside the address (WhatsApp's BSUID). */
  userId?: string;
  name?: string;
  username?: string;
}

/** A file that the channel holds for us until it is copied. */
export interface MediaReference {
  /** What `media.open` finds it by. */
  externalId: string;
  /** What it is, where that is not the message's own type. */
  type?: MediaType;
  mimeType?: string;
  sha256?: string;
  fileName?: string;
}

export interface InboundMessage {
  /** Makes a redelivery recognisable. */
  externalId: string;
  at: number;
  type: MessageType;
  content: Content;
  /** A conversation keeps one file a message: what has more is split before (areas/ingest/files.ts). */
  files?: readonly MediaReference[];
  /** The message that this one answers. */
  replyTo?: string;
  /** A program wrote it: nothing may answer it by itself. */
  isAutomated?: boolean;
  /** Kept for types that we do not know. */
  raw?: unknown;
}

/** Where a message belongs, on a channel whose threads are subjects. */
export interface ThreadReference {
  /** Ours, as it came back: `support+token@…`. */
  token?: string;
  /** The messages that it continues, the nearest first. */
  references: readonly string[];
  subject?: string;
}

export const DELIVERY_STATUSES = ["sent", "delivered", "read", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What the channel does to accounts of ours, in its own words. Absent: it says nothing of that. */
export type AccountChange = {
  /** Only the owner's account with this number, in digits. */
  number?: string;
  health?: "connected" | "degraded" | "disconnected";
  detail?: string;
  /** When the channel itself ends it. */
  until?: number;
  qualityRating?: string;
  messagingLimit?: string;
} & ({ account: string } | { owner: string });

/** Fields of every update that a person caused. */
interface FromPerson {
  account: string;
  from: Party;
}

interface OnMessage extends FromPerson {
  externalId: string;
  at: number;
  /** The message that it is about. */
  target: string;
}

/** One thing that a delivery says. `account` is the id of our account by which it is routed. */
export type ChannelUpdate =
  | ({ kind: "message"; message: InboundMessage; thread?: ThreadReference } & FromPerson)
  /** An emoji on a message; `emoji` absent: taken back. */
  | ({ kind: "reaction"; emoji?: string } & OnMessage)
  | ({ kind: "edit"; content: Content } & OnMessage)
  | ({ kind: "revoke" } & OnMessage)
  /** What became of one message of ours. */
  | {
      kind: "status";
      account: string;
      to: Party;
      externalId: string;
      /** Our message id, where it was sent along and came back. */
      messageId?: string;
      /** Other ids that the channel has for it: a mail's Message-ID. */
      aliases?: readonly string[];
      status: DeliveryStatus;
      at: number;
      failure?: ChannelFailure;
      /** What the channel charges by, as it says it. */
      pricing?: Record<string, unknown>;
    }
  /** What became of everything that we sent to the person up to a time. */
  | { kind: "watermark"; account: string; to: Party; status: "delivered" | "read"; upTo: number; at: number }
  /** A message to the person that went out elsewhere, in the channel's own inbox; or one of ours come back, which `messageId` tells. */
  | { kind: "echo"; account: string; to: Party; message: InboundMessage; messageId?: string }
  /** Whether the thread with the person is ours to answer, or another program's. */
  | { kind: "thread_control"; account: string; to: Party; isOurs: boolean; at: number }
  /** There is a message, which the channel gives only when it is asked (`fetchAnnounced`). */
  | { kind: "announced"; account: string; externalId: string; at: number; raw: unknown }
  /** The person is known by a new address from now on. `event` and `text`: how the channel calls it, for the thread. */
  | ({
      kind: "address_changed";
      externalId: string;
      at: number;
      newAddress?: string;
      newUserId?: string;
      event?: string;
      text?: string;
    } & FromPerson)
  /** Something about an account, a number or a template, not about a person. `subject` is the id of what it is about. */
  | { kind: "account_event"; subject: string; event: string; at?: number; value: unknown; change?: AccountChange }
  /** A shape that we do not know: kept whole, counted, answered 200. */
  | { kind: "unknown"; account?: string; reason: string; raw: unknown };
