import type { ChannelFailure, KeptPart, Suppression } from "../channel";
import type { MailAddress } from "./address";

/** The forms that a mail has on its way in. Types only. */

/** A mail as its transport gave it: of every provider, and of MIME. */
export interface ParsedMail {
  /** Names in lower case, in their order; values unfolded. */
  headers: readonly (readonly [name: string, value: string])[];
  text?: string | undefined;
  html?: string | undefined;
  attachments: readonly ParsedAttachment[];
  /** The whole mail as it came, if the transport has it; or where it is stored already, with its digest. */
  source?: Uint8Array | undefined;
  keptSource?: { part: KeptPart; digest: string } | undefined;
  /** Texts, or files beyond the limits, are in the source alone. */
  isCut?: boolean;
  /** The sender in the envelope; "" for a bounce. */
  envelopeFrom?: string | undefined;
}

export interface ParsedAttachment {
  fileName?: string | undefined;
  mimeType: string;
  contentId?: string | undefined;
  isInline: boolean;
  content: Uint8Array;
  /** It was stored while the mail was read, and `content` is its beginning. */
  kept?: KeptPart | undefined;
}

/** A part to be stored. */
export interface PartToKeep {
  role: KeptPart["role"];
  /** Unique within the mail. */
  name: string;
  content: Uint8Array;
  mimeType: string;
  fileName?: string | undefined;
  contentId?: string | undefined;
}

/** Stores a part under the mail's digest. Repeating it does no harm. */
export type KeepPart = (digest: string, part: PartToKeep) => Promise<KeptPart>;

/** Stores a part that is not in memory. */
export type KeepStream = (
  part: Omit<PartToKeep, "content"> & { content: AsyncIterable<Uint8Array> },
) => Promise<KeptPart>;

/** A mail in our terms. Its ids are without angle brackets. */
export interface Mail {
  /** The Message-ID, or a hash of a mail without one. */
  id: string;
  /** A hash of the parts that a person sees, since some programs give many mails one id. */
  fingerprint: string;
  at: number;
  from?: MailAddress;
  replyTo: MailAddress[];
  to: MailAddress[];
  cc: MailAddress[];
  subject: string;
  text: string;
  /** The text of earlier mails that it repeats. */
  quoted: string;
  isTruncated: boolean;
  /** Nearest first. */
  references: string[];
  root: string;
  isAutomated: boolean;
  /** Its report about a mail of ours. */
  bounce?: Bounce;
  parts: KeptPart[];
}

export interface Bounce {
  /** The Message-ID of the mail that did not arrive. */
  of: string;
  code: string;
  title: string;
  /** The address that does not exist. */
  gone?: string;
}

/** A provider's report about a mail of ours. */
export interface MailStatus {
  /** The provider's id, or the Message-ID. */
  externalId: string;
  /** `<conversation>.<message>`. */
  reference?: string;
  messageIds: string[];
  status: "sent" | "delivered" | "read" | "failed";
  at: number;
  failure?: ChannelFailure;
  /** The recipient complains. */
  suppresses?: Suppression;
}

/** A delivery as `parse` takes it. */
export interface MailDelivery {
  /** The addresses of the accounts that it is for. */
  accounts: string[];
  /** The thread's token in the address that it was sent to. */
  token?: string;
  mails: Mail[];
  statuses: MailStatus[];
  /** A payload that is none of these. */
  unknown?: { reason: string; raw: unknown };
}
