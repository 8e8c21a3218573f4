import type { Channel, ChannelError, MediaReference, Pricing } from "../channels/channel";
import type { CampaignStatus, CampaignWhose, NewRecipient, RecipientCounts } from "./campaign";
import type { OrgRef } from "../kit/context";
import type { TenantDatabase } from "../kit/database";
import type { ConsentSettings } from "./consent";
import type { AgentRights, VisibilityScope } from "./context";
import type { Permission } from "./permissions";
import type { ImportSource, RefusedLine, WebhookRef } from "./object-apis";
import type { Queue, Reopened, Waiting } from "./routing";
import type { AccountRef, SendingAccount, UsableAccount } from "./sending-account";
import type { SubscribableType } from "./event";
import type { WindowRules } from "./window";

/**
 * Interfaces of the areas' functions that objects use. Objects import `src/services.ts`, which implements them, and no
 * area. Add a function here when an object needs another one.
 */
export interface ConversationServices {
  /** Reads the settings of the organization that every turn needs. No query, or one every few seconds. */
  settings(env: Env, org: OrgRef): Promise<OrgSettings>;
  /** Reads an account with its secrets decrypted. A failure of a replica is checked against the primary. */
  loadAccount(env: Env, account: AccountRef, constraint?: "first-primary"): Promise<SendingAccount>;
  /** Shows on the account that the channel refused it. Does nothing if the account was changed since it was read. */
  markAccountFailing(env: Env, account: AccountRef, used: SendingAccount, error: ChannelError): Promise<void>;
  /** Shows on the account that a message went out. */
  markAccountWorking(env: Env, account: AccountRef, used: UsableAccount): Promise<void>;
  /** Reads from D1 what decides on a mail before it is sent. */
  sendingFacts(
    env: Env,
    account: AccountRef,
    addresses: readonly string[],
    agentId: string | null,
  ): Promise<SendingFacts>;
  /** Keeps the ids that the channel gave a mail of the conversation. Repeating it does no harm. */
  keepMailNames(
    env: Env,
    account: AccountRef,
    conversationId: string,
    message: { id: string; createdAt: number },
    names: readonly string[],
  ): Promise<void>;
  /** Copies a customer's file to R2 under `key`. Repeating it does no harm. Throws ChannelError. */
  copyMedia(env: Env, used: UsableAccount, reference: MediaReference, key: string): Promise<CopiedMedia>;
}

export interface SendingFacts {
  /** Those of the addresses that must not be written to. */
  suppressed: readonly string[];
  /** The signature of the agent. */
  signature: string | null;
}

export interface OrgSettings {
  /** The rules for customer service windows. */
  windows: WindowRules;
  /** The active webhooks' subscriptions. */
  subscriptions: readonly Subscription[];
  /** The types of events that some webhook subscribes to. */
  subscribed: ReadonlySet<string>;
  /** The words that decide about marketing; null: the defaults of the organization's country. */
  consent: ConsentSettings | null;
}

/** The events that a webhook subscribes to. An empty filter lets all pass. */
export interface Subscription {
  webhookId: string;
  events: readonly SubscribableType[];
  channels: readonly Channel[];
  divisionIds: readonly string[];
}

export interface CopiedMedia {
  mimeType: string;
  sizeBytes: number;
}

/** A notification for an agent's browsers. */
export interface PushItem {
  agentId: string;
  /** The agent is told only with this right, and with sight of the conversation. */
  right: Permission;
  scope: VisibilityScope;
  message: { type: string; at: string; conversation_id: string; title: string; body: string };
  /** The subscriptions that are left; absent: all. */
  only?: string[];
}

/** The work that is left after a push. */
export interface PushesLeft {
  /** The subscriptions that must be told again; absent: all that were to be told. */
  subscriptionIds?: string[];
  /** Not earlier than that. */
  retryAfterMs: number;
  /** The agent has no browser any more. */
  hasNone: boolean;
}

export interface InboxServices {
  /** Tells the agent's browsers. */
  notifyAgent(env: Env, org: OrgRef, item: PushItem): Promise<PushesLeft>;
  /** The sessions and API keys among these that have ended. */
  endedCredentials(db: TenantDatabase, credentialIds: readonly string[], now: number): Promise<string[]>;
  /** The present permissions of the active agents among these. */
  rightsOfAgents(db: TenantDatabase, agentIds: readonly string[]): Promise<Map<string, AgentRights>>;
}

export interface RoutingServices {
  /**
   * The queues that have a conversation to assign and an agent with free capacity; and reopened conversations that are
   * undecided, at most `limit`, the oldest first, without `passed`.
   */
  openWork(
    db: TenantDatabase,
    passed: ReadonlySet<string>,
    limit: number,
  ): Promise<{ reopened: Reopened[]; queues: Queue[] }>;
  /**
   * The oldest waiting conversations of these queues, at most `limit` of each, without `passed`; and the queues at that
   * moment.
   */
  oldestWaiting(
    db: TenantDatabase,
    queues: readonly Queue[],
    limit: number,
    passed: ReadonlySet<string>,
    now: number,
  ): Promise<{ waiting: Waiting[]; queues: Queue[] }>;
  /** Call it once it is decided who has these conversations. */
  forgetReopened(db: TenantDatabase, decided: readonly Reopened[]): Promise<void>;
}

export interface CampaignServices {
  /** Reads the next part of an import. Changes nothing. Throws ImportFault if the import cannot go on. */
  readImport(env: Env, whose: CampaignWhose, source: ImportSource, position: ImportPosition): Promise<ImportPart>;
  /** Deletes an import's file. Repeating it does no harm. */
  dropImport(env: Env, source: ImportSource): Promise<void>;
  /** Writes the counts to the campaign's row. Answers the row's status; undefined: the campaign is gone. */
  saveCounts(env: Env, whose: CampaignWhose, counts: RecipientCounts): Promise<CampaignStatus | undefined>;
  /** Returns a function that prices messages by the organization's table. No query, or one a minute. */
  costs(env: Env, whose: CampaignWhose): Promise<CostOf>;
}

/** The cost of a message to an address that was delivered at that time, in millionths; undefined: not known. */
export type CostOf = (pricing: Pricing, address: string, at: number) => number | undefined;

/** How far an import has come: the byte and line of a file, or the last contact. */
export interface ImportPosition {
  at: number;
  line: number;
  contactId?: string;
}

export interface ImportPart {
  recipients: readonly NewRecipient[];
  refused: readonly RefusedLine[];
  /** Lines or contacts that were read. */
  processed: number;
  /** Undefined: this was the last part. */
  next?: ImportPosition;
}

/** Says in words why an import has ended before its end. */
export class ImportFault extends Error {}

export interface EndpointServices {
  queueOf(env: Env, webhook: WebhookRef): EndpointQueue;
}

/** The due deliveries of one webhook. Only one at a time may run. */
export interface EndpointQueue {
  /**
   * Sends what is due. Returns when the next delivery is due, in milliseconds; undefined if none is, or if a run that is
   * under way goes on for this one. Throws if the database fails; the next run records what was sent.
   */
  run(): Promise<number | undefined>;
}
