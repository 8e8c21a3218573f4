import type { ChannelInsights } from "./insights";
import type { ChannelMenu } from "./menu";
import type { Content, MessageType } from "./names";
import type { ChannelTemplates } from "./templates";
import type { RawDelivery } from "./ingress";
import type { AnswerThread, MediaReference, Party } from "./update";

/** A stored file that is sent to a channel. */
export interface OutboundFile {
  body: ReadableStream;
  sizeBytes: number;
  mimeType: string;
  fileName: string;
  /** The name by which the HTML of a mail shows the file. */
  contentId?: string;
}

/** A message as it is passed to a channel. */
export interface OutboundMessage {
  /** Our id. The channel returns it with statuses if it can, so that a send whose answer was lost is recognised. */
  id: string;
  type: MessageType;
  /**
   * In our terms, except for ids that belong to the channel: `external_media_id` of a file, `message_id` of a
   * reaction's target.
   */
  content: Content;
  /** The channel's id of the message that this one answers. */
  replyTo?: string;
  /** The files to attach, if `capabilities.files.sentAs` is `inline`. */
  files?: readonly OutboundFile[];
  /** The addresses of our files that the content names by `media_id`, if `capabilities.files.sentAs` is `link`. */
  links?: readonly string[];
  /** On channels whose threads are subjects: our token, and what the customer's last message says for an answer. */
  thread?: { token: string; answer: AnswerThread | null };
  /** Whether a person wrote the message: some windows stay open longer for people. */
  sentBy: "agent" | "program";
  /** When the person last wrote, in milliseconds since 1970; null: never. */
  lastInboundAt: number | null;
}

export interface SendReceipt {
  externalId: string;
  /** Further ids of the message on the channel. */
  aliases?: readonly string[];
  /** The address to which the channel resolved ours, if it reports that. */
  address?: string;
  userId?: string;
}

export interface OpenedFile {
  body: ReadableStream;
  mimeType?: string;
  sizeBytes?: number;
}

/** A person's own presentation on the channel. The address of the picture expires. */
export type Profile = Pick<Party, "name" | "username"> & { pictureUrl?: string };

/** The facts that the channel reports about an account; absent fields are not reported. */
export interface ConnectedAccount {
  /** The account's phone number, digits only. */
  displayNumber?: string;
  qualityRating?: string;
  /** The name that people see, as the channel has approved it. */
  verifiedName?: string;
}

export interface ConnectOptions {
  /** The PIN of the account's two-step verification, on channels that have one. Absent: a new account gets a random one. */
  pin?: string | undefined;
}

/** Whether an account, or something on which it depends, may send. In the channel's words. */
export interface HealthEntity {
  /** For WhatsApp: PHONE_NUMBER, WABA, BUSINESS, APP or MESSAGE_TEMPLATE. */
  type: string;
  id: string | null;
  /** For WhatsApp: AVAILABLE, LIMITED or BLOCKED. */
  canSend: string | null;
  notes: string[];
  errors: { code: string | null; description: string | null; solution: string | null }[];
}

/** The channel's report about an account, in its own words; null: not reported. */
export interface AccountHealth {
  canSend: string | null;
  entities: HealthEntity[];
  name: string | null;
  displayNumber: string | null;
  qualityRating: string | null;
  messagingLimit: string | null;
  throughput: string | null;
  status: string | null;
  nameStatus: string | null;
  verificationStatus: string | null;
  accountMode: string | null;
}

/**
 * An account with its parsed configuration. Every call throws ChannelError; a part that the channel does not have is
 * absent.
 */
export interface ChannelAccount {
  /** The channel's id of the account, by which deliveries are routed. */
  readonly externalId: string;
  /** The channel's id of the account's owner, which deliveries name that are about no single account. */
  readonly ownerId: string | null;
  /** How long people, but not programs, may answer this account's customers, if the channel grants it to the account. */
  readonly humanAgentHours?: number;
  /** The owner's own token for the verification of the webhook. */
  readonly verifyToken?: string;
  /** How long the channel may take to answer or to send the next part of a file, in milliseconds. */
  readonly timeoutMs: number;
  /** Checks that the channel can be reached, if the last call was lost. A failure here has sent nothing. */
  probe(): Promise<void>;
  /** Sends one message. Nothing is awaited before the call. */
  send(to: Party, message: OutboundMessage): Promise<SendReceipt>;
  /**
   * Looks for a message whose answer was lost among those that the channel has: undefined if it did not go out. `since`:
   * when it was written. `isKnown`: the channel's ids of messages that are others.
   */
  findSent?(
    to: Party,
    message: OutboundMessage,
    since: number,
    isKnown: (externalId: string) => boolean,
  ): Promise<SendReceipt | undefined>;
  /** Reports to the person that all messages up to this one were read. */
  markRead?(to: Party, externalId: string): Promise<void>;
  /** Shows a typing indicator for some seconds. `externalId`: the message that is being answered. */
  typing?(to: Party, externalId: string): Promise<void>;
  readonly media?: {
    /** Opens a file that a person sent, as a stream. */
    open(reference: MediaReference): Promise<OpenedFile>;
    /** Uploads a file and returns the id for `content.external_media_id`. May be repeated. */
    upload?(file: OutboundFile): Promise<string>;
  };
  /**
   * Prepares a new account at the channel: subscribes and registers it. May be repeated. Succeeds only if the token is
   * this account's. Throws PinRefusedError if the channel asks for another PIN.
   */
  connect?(options?: ConnectOptions): Promise<ConnectedAccount>;
  /** Reverts `connect`. */
  disconnect?(): Promise<void>;
  /** The channel's present report about the account. */
  health?(): Promise<AccountHealth>;
  /** How many messages the account may send in a second, as the channel says. */
  sendsPerSecond?(): Promise<number>;
  /** When `renew` is due, in milliseconds since 1970. Absent: the token does not expire. */
  readonly renewAt?: number | undefined;
  /** Renews an expiring token: returns the changed fields of the configuration. */
  renew?(): Promise<Record<string, string>>;
  /** The menu that people see beside the text field. */
  readonly menu?: ChannelMenu;
  /** The person's names, on channels whose deliveries do not contain them. */
  profile?(party: Party): Promise<Profile>;
  /** Takes control of the thread with a person from another program. */
  takeThread?(to: Party): Promise<void>;
  /** Whether the account's provider signed the delivery, with a key that only the configuration has. */
  hasSigned?(delivery: RawDelivery): Promise<boolean>;
  /** Opens the mail that a delivery only announces, as it came. */
  openAnnounced?(externalId: string): Promise<OpenedFile>;
  readonly insights?: ChannelInsights;
  readonly templates?: ChannelTemplates;
}
