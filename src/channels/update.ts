import type { ChannelFailure, Suppression } from "./failure";
import type { Content, MediaType, MessageType } from "./names";
import type { TemplateChange } from "./templates";

/**
 * The updates in a channel's deliveries, in our terms. All ids are the channel's, all times milliseconds since 1970 by
 * its clock; 0: it does not report the time, so that of the delivery counts.
 */

/** A person's identities on a channel. At least one of `address` and `userId` is present. */
export interface Party {
  /**
   * The address to write to (`capabilities.address`): a phone number in E.164 with `+`, an email address, or a user id
   * scoped to the account.
   */
  address?: string;
  /** A scoped user id in addition to the address (WhatsApp's BSUID). */
  userId?: string;
  /** The same person's user id for all linked portfolios (WhatsApp's parent BSUID). */
  parentUserId?: string;
  name?: string;
  username?: string;
}

/** A file that the channel stores until it is copied. */
export interface MediaReference {
  /** The id for `media.open`. */
  externalId: string;
  /** The file's type, if it differs from the message's. */
  type?: MediaType;
  mimeType?: string;
  sha256?: string;
  fileName?: string;
}

/** A part of a mail that the ingress has stored in the bucket. */
export interface KeptPart {
  /** `html` is served only cleaned; `source` is the mail as it came; `inline` is shown in the HTML. */
  role: "html" | "source" | "inline" | "attachment";
  r2Key: string;
  /** By its bytes. */
  mimeType: string;
  sizeBytes: number;
  fileName?: string;
  contentId?: string;
}

export interface InboundMessage {
  /** Identifies redeliveries. */
  externalId: string;
  at: number;
  type: MessageType;
  content: Content;
  /** A conversation stores one file per message; areas/ingest/files.ts splits messages with several. */
  files?: readonly MediaReference[];
  /** Parts that are stored already, all of them of this one message. */
  parts?: readonly KeptPart[];
  /** The message that this one answers. */
  replyTo?: string;
  /** A program wrote it, so no program may answer it. */
  isAutomated?: boolean;
  /** Another program controls the thread. */
  isStandby?: true;
  /** The payload of an unknown type. */
  raw?: unknown;
}

/** The thread of a message, on channels whose threads are subjects. */
export interface ThreadReference {
  /** Our token as the channel returned it: `support+token@…`. */
  token?: string;
  /** Two messages with one id and different fingerprints are two messages. */
  fingerprint: string;
  /** The messages that it continues, nearest first. */
  references: readonly string[];
  /** The first message of the thread, as far as this one tells; itself if it continues none. */
  root: string;
  /** The subject without `Re:` and the like, folded; absent: it compares with nothing. */
  subject?: string;
  /** The addresses of the other people who receive it. */
  others: readonly string[];
  /** The addresses and ids for an answer to it. */
  answer: AnswerThread;
}

/** The headers of an answer in a thread. Addresses are without names. */
export interface AnswerThread {
  subject: string;
  /** The addresses that the sender wants answers at. */
  to: readonly string[];
  /** Everybody else whom an answer to all reaches. */
  others: readonly string[];
  /** The messages that an answer continues, oldest first. */
  references: readonly string[];
}

export const DELIVERY_STATUSES = ["sent", "delivered", "read", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The subjects of reports. The last report of an aspect replaces the earlier ones. */
export const ACCOUNT_ASPECTS = [
  // Whether we may act for the account at all: granted, withdrawn, moved to another device.
  "access",
  // Violations, restrictions and bans.
  "standing",
  "quality",
  "limit",
  "name",
  "security",
  "alert",
  "review",
  "other",
] as const;
export type AccountAspect = (typeof ACCOUNT_ASPECTS)[number];

/** A channel's report about one aspect of an account. Absent fields are not reported. */
export interface AccountReport {
  aspect: AccountAspect;
  /** The report in plain words, for the people who run the account. */
  text: string;
  /** A person has to do or to check something. */
  needsAction?: boolean;
  /** Only for `access` and `standing`. The worse of both is the account's health. */
  health?: "connected" | "degraded" | "disconnected";
  /** When the channel ends `health` by itself, in milliseconds since 1970. */
  until?: number;
  qualityRating?: string;
  messagingLimit?: string;
  verifiedName?: string;
}

/** Reports about an account, or about all accounts of an owner. */
export type AccountChange = {
  /** Only the owner's account with this number, digits only. */
  number?: string;
  /** Only the owner's account with this id. */
  externalId?: string;
  reports: readonly AccountReport[];
} & ({ account: string } | { owner: string });

/** The channel's charge for a message, in its own terms. Absent fields are not reported. */
export interface Pricing {
  billable?: boolean;
  category?: string;
  type?: string;
  model?: string;
  /** How the conversation was opened that the channel charges for. */
  origin?: string;
}

/**
 * The state of a call. `missed`: the person called and nobody answered; `unanswered`: the business called and the
 * person did not answer.
 */
export type CallPhase = "ringing" | "accepted" | "rejected" | "missed" | "unanswered" | "ended";

/** Fields of every update that a person caused. */
interface FromPerson {
  account: string;
  from: Party;
}

/** Caused by the person (`from`), or by the business towards the person in the channel's own app (`to`). */
type FromEither = FromPerson | { account: string; to: Party };

interface OnMessage {
  externalId: string;
  at: number;
  /** The message that it is about. */
  target: string;
}

/** One update of a delivery. `account` is the id of our account, by which it is routed. */
export type ChannelUpdate =
  | ({ kind: "message"; message: InboundMessage; thread?: ThreadReference } & FromPerson)
  /** An emoji on a message; `emoji` absent: removed. */
  | ({ kind: "reaction"; emoji?: string } & OnMessage & FromEither)
  /** The whole message as it is now. `type` absent: the same as before. */
  | ({ kind: "edit"; type?: MessageType; content: Content; files?: readonly MediaReference[] } & OnMessage & FromEither)
  | ({ kind: "revoke" } & OnMessage & FromEither)
  /** The status of one outbound message. */
  | {
      kind: "status";
      account: string;
      to: Party;
      externalId: string;
      /** Our message id, if it was sent with the message and returned. */
      messageId?: string;
      /** Further ids of the message on the channel: an email's Message-ID. */
      aliases?: readonly string[];
      status: DeliveryStatus;
      /** All messages sent before have the status too. */
      isWatermark?: true;
      at: number;
      failure?: ChannelFailure;
      /** The person complains about a message that has not failed. */
      suppresses?: Suppression;
      pricing?: Pricing;
    }
  /** The status of all outbound messages to the person up to a time. */
  | { kind: "watermark"; account: string; to: Party; status: "delivered" | "read"; upTo: number; at: number }
  /**
   * A message to the person that was sent outside the product, in the channel's own inbox; or one of our own, which has
   * `messageId`.
   */
  | { kind: "echo"; account: string; to: Party; message: InboundMessage; messageId?: string }
  /**
   * A message in either direction from before the account was connected. `status`: of one to the person. A message
   * that comes unreadable may come again with its content.
   */
  | ({ kind: "history"; message: InboundMessage; status?: DeliveryStatus } & FromEither)
  /** A call by the person (`from`) or to the person (`to`). Its updates share their external id. */
  | ({
      kind: "call";
      externalId: string;
      at: number;
      /** Absent: not reported, as with a recording. */
      phase?: CallPhase;
      seconds?: number;
      recording?: MediaReference;
    } & FromEither)
  /** Whether we control the thread with the person, or another program does. */
  | { kind: "thread_control"; account: string; to: Party; isOurs: boolean; at: number }
  /** The person has a new address. `event` and `text`: the channel's terms for it, shown in the thread. */
  | ({
      kind: "address_changed";
      externalId: string;
      at: number;
      newAddress?: string;
      newUserId?: string;
      newParentUserId?: string;
      event?: string;
      text?: string;
    } & FromPerson)
  /** The person takes marketing messages, or no longer. */
  | ({ kind: "marketing_choice"; externalId: string; at: number; accepts: boolean } & FromPerson)
  /** An event of an account, a number or a template, not of a person. `subject` is the id of its object. */
  | {
      kind: "account_event";
      subject: string;
      event: string;
      at?: number;
      value: unknown;
      change?: AccountChange;
      template?: TemplateChange;
    }
  /** An unknown shape: stored whole, counted, answered 200. */
  | { kind: "unknown"; account?: string; reason: string; raw: unknown };
