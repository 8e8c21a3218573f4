import type { Lazy } from "../kit/lazily";
import { type Config as DeploymentConfig, configOf } from "../config";
import type { ChannelAccount, OutboundMessage } from "./account";
import { ChannelConfigError } from "./failure";
import type { Channel, Content, MediaType, MessageType } from "./names";
import type { TemplateRules } from "./templates";
import type { ChannelOAuth } from "./oauth";
import type { AnswerThread, ChannelUpdate } from "./update";

/**
 * The contract between the product and a channel (docs/adr/0017): data, pure mappings, and an account that is opened
 * with its configuration. Nothing outside a channel's folder knows its payloads, its client or its configuration.
 */
export * from "./account";
export * from "./failure";
export * from "./ingress";
export * from "./insights";
export * from "./menu";
export * from "./names";
export * from "./templates";
export * from "./oauth";
export * from "./update";

/** The capabilities of a channel. Callers ask for these, never for the channel's name. */
export interface Capabilities {
  readonly types: { readonly inbound: readonly MessageType[]; readonly outbound: readonly MessageType[] };
  readonly window: {
    /** How long after a person's last message free text may be sent; 0: always. */
    readonly hours: number;
    /** How long people, but not programs, may still answer. */
    readonly humanAgentHours?: number;
  };
  /** Whether statuses are reported for a message's id, or for all messages up to a time. */
  readonly receipts: "id" | "watermark";
  readonly files: {
    readonly inbound: "one" | "many";
    readonly outbound: "one" | "many";
    /**
     * How a file is sent: uploaded before (`media.upload`), fetched by the channel from `content.url`, or attached to
     * the message.
     */
    readonly sentAs: "upload" | "link" | "inline";
  };
  /** Whether threads are keyed by person or by subject. */
  readonly threads: "person" | "subject";
  /** The kind of a person's address. */
  readonly address: "phone" | "email" | "id";
  readonly reactions: { readonly inbound: boolean; readonly outbound: boolean };
  readonly edits: boolean;
  readonly unsends: boolean;
  readonly typing: boolean;
  readonly templates: boolean;
  /** Deliveries do not contain people's names: each person's profile must be asked for. */
  readonly profiles?: true;
}

/** The limits of a channel, in its own units. `check` applies them to a message. */
export interface ChannelLimits {
  readonly text: { readonly max: number; readonly unit: "characters" | "bytes" };
  /** For outbound files. `mimeTypes` absent: any. */
  readonly files: Readonly<
    Partial<Record<MediaType, { readonly maxBytes: number; readonly mimeTypes?: readonly string[] | undefined }>>
  >;
  /** For inbound files, in bytes. */
  readonly inboundFileBytes: number;
}

/** A reason why a message cannot be sent on this channel. */
export interface LimitViolation {
  /** Dotted path in the request's body: `content.text`. */
  field: string;
  message: string;
}

/** A question with up to ten options. The answer is an inbound message whose `content.id` is the chosen option's id. */
export interface Choice {
  text: string;
  /** The button that opens the options, on channels that do not show them at once; at most 20 characters. */
  button: string;
  /** A title has at most 24 characters. */
  options: readonly { id: string; title: string }[];
}

/** The part of the deployment that channels may use. */
export interface ChannelServices {
  /** Addresses of services, timeouts, and secrets of the deployment. */
  readonly config: DeploymentConfig;
  /** Stores large parts of a delivery until they are copied. */
  readonly bucket: R2Bucket;
  /** Sends mails by Cloudflare; absent in deployments without the binding EMAIL. */
  readonly email?: SendEmail | undefined;
}

export const channelServices = (env: Env & { EMAIL?: SendEmail }): ChannelServices => ({
  config: configOf(env),
  bucket: env.MEDIA,
  email: env.EMAIL,
});

/** Why an account may send no more for now: a campaign stops, and tries the recipient again when it goes on. */
export interface BulkRefusal {
  /** A word of our own for it. */
  reason: string;
  /** Tells people what they can do. */
  advice: string;
}

/** External id of the account, else of the owner. */
export type Signer = { account: string; owner?: never } | { owner: string; account?: never };

/** The accounts that a delivery is about. */
export interface NamedAccounts {
  /** External ids of accounts. */
  accounts: readonly string[];
  /** External ids of owners; empty if every update is about an account. */
  owners: readonly string[];
}

interface ChannelBase {
  readonly channel: Channel;
  readonly capabilities: Capabilities;
  readonly limits: ChannelLimits;
  /** The account's key, if it is derived from the id. Absent: the caller chooses the key. */
  accountKey?(externalId: string): string;
  /** Where the channel delivers for an account with this key, if not to `/webhook`. */
  webhookPath?(accountKey: string): string;
  /**
   * Pure. The account, or if there is none the owner, whose own secret may have signed a payload. Reads no message,
   * since the payload is not authenticated yet; `accountsOf` decides on whatever else it names.
   */
  signerOf(payload: unknown): Signer | undefined;
  /** Pure. All accounts that a payload is about, and the owners if a part of it is about no account. */
  accountsOf(payload: unknown): NamedAccounts;
  /** Pure. Never throws: unknown shapes become `unknown` updates. */
  parse(payload: unknown): ChannelUpdate[];
  /** Pure. Checks a message before it is sent; empty if it may be sent. */
  check(message: Pick<OutboundMessage, "type" | "content">): LimitViolation[];
  /** Pure. Completes a message that answers a thread: recipients and subject. Absent: there is nothing to complete. */
  complete?(message: Pick<OutboundMessage, "type" | "content">, thread: AnswerThread | null): Content;
  /** Pure. The addresses that a completed message goes to. Absent: messages go to the conversation's person alone. */
  recipients?(content: Content): readonly string[];
  /** Pure. The content of a message that passes an earlier one on. Absent: the channel cannot. */
  forward?(content: Content, original: { content: Content; createdAt: number }): Content;
  /** Pure. The question in the channel's form; absent if the channel supports only text. */
  askChoice?(choice: Choice): Pick<OutboundMessage, "type" | "content">;
  /** The rules for templates, on channels that have them. Loaded at their first use. */
  templates?(): Promise<TemplateRules>;
  /** Pure. Whether the failure of a message says that its template is not as we know it. */
  isTemplateFailure?(code: string): boolean;
  /** Codes of failures of messages that will not pass for this person. */
  readonly finalFailures?: readonly string[];
  /** Codes of failures that may pass for this person after a day. */
  readonly dailyFailures?: readonly string[];
  /** Pure. How many people an account may write to first in a day, by its reported limit; undefined: not known, or any number. */
  peoplePerDay?(messagingLimit: string): number | undefined;
  /** Pure. Whether the failure of a message stops a campaign, and why. Absent: none does. */
  bulkRefusal?(code: string): BulkRefusal | undefined;
  readonly oauth?: ChannelOAuth;
}

/** A channel as its folder defines it. */
export interface ChannelDefinition<Config extends object> extends ChannelBase {
  /** The schema of an account's configuration, whose values are strings. Must refuse unknown fields. */
  readonly config: Lazy<Config>;
  /** The secret fields: encrypted at rest, masked in answers. */
  readonly secrets: readonly (keyof Config & string)[];
  /** The secret that verifies deliveries of the account alone. */
  readonly deliverySecret: keyof Config & string;
  open(config: Config, services: ChannelServices): ChannelAccount;
}

/** A channel as other folders see it: its configuration is a record of strings. */
export interface ChannelAdapter extends ChannelBase {
  readonly config: Lazy<object>;
  readonly secrets: readonly string[];
  readonly deliverySecret: string;
  /** Parses the configuration; makes no call. Throws ChannelConfigError. */
  open(config: Readonly<Record<string, unknown>>, services: ChannelServices): ChannelAccount;
}

export function defineChannel<Config extends object>(definition: ChannelDefinition<Config>): ChannelAdapter {
  return {
    ...definition,
    open(config, services) {
      const parsed = definition.config.safeParse(config);
      if (parsed.success) return definition.open(parsed.data, services);
      throw new ChannelConfigError(
        parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), message })),
      );
    },
  };
}
