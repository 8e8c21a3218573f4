import type { ChannelInsights } from "./insights";
import type { Content, MessageType } from "./names";
import type { ChannelUpdate, MediaReference, Party } from "./update";

/** A file of ours on its way to a channel. */
export interface OutboundFile {
  body: ReadableStream;
  sizeBytes: number;
  mimeType: string;
  fileName: string;
}

/** A message as it leaves. */
export interface OutboundMessage {
  /** Ours. It travels along where the channel takes it, so that a send whose answer was lost can be recognised. */
  id: string;
  type: MessageType;
  /** In our words, but for what the channel knows by ids of its own: `external_media_id` of a file, `message_id` of what a reaction is on. */
  content: Content;
  /** The channel's id of the message that this one answers. */
  replyTo?: string;
  /** Files that go along, where `capabilities.files.sentAs` is `inline`. */
  files?: readonly OutboundFile[];
  /** Where it belongs, where threads are subjects: what our token is, and which messages it continues, the oldest first. */
  thread?: { token: string; references: readonly string[]; subject?: string };
  /** Whether a person wrote it: some windows stay open longer for people. */
  sentBy: "agent" | "program";
  /** When the person last wrote, in milliseconds; null: never. */
  lastInboundAt: number | null;
}

export interface SendReceipt {
  externalId: string;
  /** Other ids that the channel has for the message. */
  aliases?: readonly string[];
  /** The address that the channel resolved ours to, where it says so. */
  address?: string;
  userId?: string;
}

export interface OpenedFile {
  body: ReadableStream;
  mimeType?: string;
  sizeBytes?: number;
}

/** What a channel says of an account when it is connected or asked, where it does. */
export interface ConnectedAccount {
  /** The account's number, in digits. */
  displayNumber?: string;
  qualityRating?: string;
}

/** An account with its configuration parsed. Every call throws ChannelError; a part that a channel does not have is absent. */
export interface ChannelAccount {
  /** The channel's id of the account, by which deliveries are routed. */
  readonly externalId: string;
  /** The channel's id of who owns the account: what deliveries name that are about no single account. */
  readonly ownerId: string | null;
  /** How long the channel may take to answer, or to send the next part of a file. */
  readonly timeoutMs: number;
  /** Looks whether the channel can be reached, where there is doubt: what fails here has sent nothing. */
  probe(): Promise<void>;
  /** Sends one message, at once: nothing is awaited before the call. */
  send(to: Party, message: OutboundMessage): Promise<SendReceipt>;
  /** Tells the person that everything up to this message of theirs was read. */
  markRead?(to: Party, externalId: string): Promise<void>;
  /** Shows the person for some seconds that an answer is being written. `externalId`: the message that it answers. */
  typing?(to: Party, externalId: string): Promise<void>;
  readonly media?: {
    /** Opens a file that a person sent; the body streams. */
    open(reference: MediaReference): Promise<OpenedFile>;
    /** Gives the channel a file, so that a message can name it by what this answers (`content.external_media_id`). May be repeated. */
    upload?(file: OutboundFile): Promise<string>;
  };
  /** What a new account needs done at the channel: registered and subscribed. May be repeated. */
  connect?(): Promise<ConnectedAccount>;
  /** Ends what `connect` began. */
  disconnect?(): Promise<void>;
  /** What the channel says of the account now. */
  health?(): Promise<ConnectedAccount>;
  /** Fields of the configuration with a new token in place of one that would end, and when that one ends. */
  renew?(): Promise<{ config: Record<string, string>; expiresAt: number }>;
  /** What a person is called, where deliveries do not say it. */
  profile?(party: Party): Promise<Pick<Party, "name" | "username">>;
  /** Takes the thread with a person over from another program. */
  takeThread?(to: Party): Promise<void>;
  /** Gets what the channel has only announced. */
  fetchAnnounced?(update: Extract<ChannelUpdate, { kind: "announced" }>): Promise<ChannelUpdate[]>;
  readonly insights?: ChannelInsights;
}
