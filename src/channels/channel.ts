import type { z } from "@hono/zod-openapi";
import { type Config as DeploymentConfig, configOf } from "../config";
import type { ChannelAccount, OutboundMessage } from "./account";
import { ChannelConfigError } from "./failure";
import type { Channel, MediaType, MessageType } from "./names";
import type { ChannelUpdate } from "./update";

/**
 * The contract between the product and a channel (docs/adr/0017): data, pure mappings, and an account that is opened with its
 * configuration. Nothing outside a channel's folder knows its payloads, its client or its configuration.
 */
export * from "./account";
export * from "./failure";
export * from "./ingress";
export * from "./insights";
export * from "./names";
export * from "./update";

/** What a channel can do. Whoever needs to know asks this, and never which channel it is. */
export interface Capabilities {
  readonly types: { readonly inbound: readonly MessageType[]; readonly outbound: readonly MessageType[] };
  readonly window: {
    /** How long after a person's last message free text may be sent; 0: always. */
    readonly hours: number;
    /** How long people, but not programs, may still answer. */
    readonly humanAgentHours?: number;
  };
  /** Whether the channel says what became of a message by its id, or of everything up to a time. */
  readonly receipts: "id" | "watermark";
  readonly files: {
    readonly inbound: "one" | "many";
    readonly outbound: "one" | "many";
    /** How a file of ours gets there: uploaded before (`media.upload`), fetched by the channel from `content.url`, or with the message. */
    readonly sentAs: "upload" | "link" | "inline";
  };
  /** What makes a thread: the person, or what is written about. */
  readonly threads: "person" | "subject";
  /** What a person's address is. */
  readonly address: "phone" | "email" | "id";
  readonly reactions: { readonly inbound: boolean; readonly outbound: boolean };
  readonly edits: boolean;
  readonly unsends: boolean;
  readonly typing: boolean;
  readonly templates: boolean;
}

/** What a channel takes, in its own units. `check` holds messages against it. */
export interface ChannelLimits {
  readonly text: { readonly max: number; readonly unit: "characters" | "bytes" };
  /** Of what we send. `mimeTypes` absent: any. */
  readonly files: Readonly<
    Partial<Record<MediaType, { readonly maxBytes: number; readonly mimeTypes?: readonly string[] | undefined }>>
  >;
  /** Of a file that a person sends. */
  readonly inboundFileBytes: number;
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

/** What of a deployment a channel may use. */
export interface ChannelServices {
  /** Where its service is, timeouts, and secrets of the deployment. */
  readonly config: DeploymentConfig;
  /** Where it keeps what came inside a delivery until it is copied. */
  readonly bucket: R2Bucket;
}

export const channelServices = (env: Env): ChannelServices => ({ config: configOf(env), bucket: env.MEDIA });

/** Whose accounts a delivery is about. */
export interface NamedAccounts {
  /** External ids of accounts. */
  accounts: readonly string[];
  /** Owners; empty where everything is about an account. */
  owners: readonly string[];
}

/** Connecting accounts through the channel's own login. Throws ChannelError. */
export interface ChannelOAuth {
  authorizeUrl(request: { redirectUri: string; state: string }, services: ChannelServices): string;
  /** The accounts that the person may connect. `hints`: what the channel told the browser beside the code. */
  exchange(
    grant: { code: string; redirectUri: string; hints?: Readonly<Record<string, string>> },
    services: ChannelServices,
  ): Promise<{ displayName: string; config: Record<string, string> }[]>;
}

interface ChannelBase {
  readonly channel: Channel;
  readonly capabilities: Capabilities;
  readonly limits: ChannelLimits;
  /** The key under which an account is known, where it is derived from its id. Absent: the caller chooses. */
  accountKey?(externalId: string): string;
  /** Pure. Whose accounts a payload is about: who signs it with a secret of their own must have them all. */
  accountsOf(payload: unknown): NamedAccounts;
  /** Pure. Never throws: what it does not know comes out as `unknown`. */
  parse(payload: unknown): ChannelUpdate[];
  /** Pure. What is wrong with a message before it is sent; empty when it may go. */
  check(message: Pick<OutboundMessage, "type" | "content">): LimitViolation[];
  /** Pure. The question as this channel puts it; absent where it can only be put as text. */
  askChoice?(choice: Choice): Pick<OutboundMessage, "type" | "content">;
  readonly oauth?: ChannelOAuth;
}

/** A channel as its folder describes it. */
export interface ChannelDefinition<Config extends object> extends ChannelBase {
  /** What an account is configured with, from texts. Unknown fields are refused. */
  readonly config: z.ZodType<Config>;
  /** The fields that are secrets: encrypted at rest, masked in answers. */
  readonly secrets: readonly (keyof Config & string)[];
  /** The secret by which deliveries for the account alone are proven. */
  readonly deliverySecret: keyof Config & string;
  open(config: Config, services: ChannelServices): ChannelAccount;
}

/** A channel as everybody else sees it: its configuration is a record of texts. */
export interface ChannelAdapter extends ChannelBase {
  readonly config: z.ZodType<object>;
  readonly secrets: readonly string[];
  readonly deliverySecret: string;
  /** Parses the configuration, once, and calls nothing. Throws ChannelConfigError. */
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
