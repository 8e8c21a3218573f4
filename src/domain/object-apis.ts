import type { Channel, ChannelUpdate, Party } from "../channels/channel";
import type { OrgRef } from "../kit/context";
import type { Visibility, VisibilityScope } from "./context";
import type { AnswerOf, Command, CommandKind, RefusalOf } from "./conversation/commands";
import type { Refusal } from "./conversation/command";
import type { ConversationRow } from "./conversation/columns";
import type { ConversationIdentity, MeasuredCycle } from "./conversation/state";
import type { ConversationWithContact } from "./conversation/wire";
import type { Projection } from "./effect";
import type { ActorRef } from "./event";
import type { EntityFrame, LiveFrame, SocketIdentity } from "./live";
import type { ProgressFrame } from "./live-frames";
import type { StoredNote } from "./note/state";
import type { Sla } from "./sla";

export type * from "./campaign-api";

/**
 * The methods of the objects as their callers see them (src/objects.ts). The classes in durable-objects/ implement
 * these interfaces, so callers need not know the classes. Types only.
 */

/** The interface as its class implements it: a method may return a value where the caller gets a promise. */
export type Implements<Api> = {
  [Method in keyof Api]: Api[Method] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result | Promise<Result>
    : never;
};

// ── A conversation
// ─────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ConversationApi {
  /** Takes the updates of a delivery. Durable when it returns; repeating it changes nothing. */
  ingest(input: IngestInput): Promise<IngestResult>;
  /**
   * Takes from the person an address that another one has. Changes nothing and returns the evidence if the person was
   * seen with the address later.
   */
  yieldAddress(input: YieldInput): Promise<LastSeen | null>;
  /**
   * Applies a command for the caller. D1 has the outcome when it returns, unless `projected` is null. With `beginning` it
   * begins the conversation if there is none.
   */
  command<C extends Command>(
    command: C,
    caller: CommandCaller,
    idempotency?: Idempotency,
    beginning?: Beginning,
  ): Promise<CommandResult<C["kind"]>>;
  /** The conversation; undefined if the caller may not see it. */
  view(sees: Visibility): Promise<ConversationWithContact | undefined>;
  /**
   * The facts of the current cycle that an SLA is measured by; undefined if the caller may not see the conversation.
   */
  measured(sees: Visibility): Promise<{ facts: MeasuredCycle; sla: Sla; channel: Channel } | undefined>;
  /**
   * A page of messages, as the JSON text of the answer; undefined if the caller may not see the conversation, null if it
   * has no message with the id that the page is to be around.
   */
  messages(sees: Visibility, at: PageAt, limit: number): Promise<string | null | undefined>;
  /** Notes, newest first, from the one before `before`; undefined if the caller may not see the conversation. */
  notes(sees: Visibility, before: string | undefined, limit: number): Promise<StoredNote[] | undefined>;
  /**
   * The events after `projectedSeq`, the last one that D1 has, for the consumer: as many as fit in `maxBytes`, and at
   * least one. Undefined: D1 has all.
   */
  unprojected(projectedSeq: number, maxBytes?: number): Promise<Projection | undefined>;
  /**
   * For the inbox: closes the sockets of these openings and all that have ended, and returns the openings that remain.
   */
  sweepSockets(ended: readonly string[]): Promise<string[]>;
  /**
   * Erases everything that is older than `at`, and closes the sockets. The object keeps the time, by which it drops what the channel
   * delivers again, and the names of its files and notes until a second call says that these are gone. A conversation that
   * began later stays.
   */
  forget(at: number, isAllGone: boolean): Promise<Forgotten>;
  /** For the checker, which compares objects with D1; undefined: nothing has begun. */
  inspect(): Promise<Inspection | undefined>;
  /** Upgrades to a WebSocket. */
  fetch(request: Request): Promise<Response>;
}

/** Which page of messages: before or after an id, or with an id in its middle; the newest if empty. */
export interface PageAt {
  before?: string | undefined;
  after?: string | undefined;
  around?: string | undefined;
}

export interface Forgotten {
  /** Keys in R2. */
  files: string[];
  noteIds: string[];
  /** The version of the last state; 0: there was none. */
  version: number;
  /** When the conversation was erased, in milliseconds: what is newer is of one that has begun again. */
  until: number;
}

export interface IngestInput {
  identity: ConversationIdentity;
  /** The name that an agent gave the contact earlier, for a conversation that begins. */
  givenName?: string | null;
  /** The account's division, in which a conversation begins. */
  divisionId?: string | null;
  org: OrgRef;
  updates: ChannelUpdate[];
  /** The alias table has said that the updates are this person's, and has their names. */
  isLocated: boolean;
  /** The account's route was read afresh, so a conversation may begin. */
  mayBegin: boolean;
}

export interface IngestResult {
  /** Nothing was applied: an update tells a new name or is another person's, or a conversation would begin. */
  needsNames: boolean;
}

/** A conversation with somebody who has not written: it begins with our message. */
export interface Beginning {
  identity: ConversationIdentity;
  org: OrgRef;
  party: Party;
  /** The name that an agent gave the contact, or that the caller knows. */
  givenName?: string | null;
  divisionId?: string | null;
  /** The subject of the mail that begins a thread; later mails answer it. */
  subject?: string;
}

export interface YieldInput {
  org: OrgRef;
  address: string;
  /** The person's own address, if that is known; otherwise only the user id is left to answer to. */
  newAddress: string | null;
  /** Since when another person has the address, by the channel's clock. */
  at: number;
}

/** When the person was last seen with an address, by the channel's clock, and the user id beside it. */
export type LastSeen = { since: number; userId: string | null };

export interface CommandCaller {
  actor: ActorRef;
  sees: Visibility;
}

export interface Idempotency {
  key: string;
  bodyHash: string;
}

export type CommandResult<Kind extends CommandKind = CommandKind> =
  | {
      ok: true;
      conversation: ConversationWithContact;
      /** The command's own part of the answer; null if it has none. */
      answer: AnswerOf<Kind> | null;
      replayed: boolean;
      lastInboundExternalId: string | null;
      accountId: string;
      projected: Projected;
    }
  | ({ ok: false } & Refusal<RefusalOf<Kind> | "conversation_not_found" | "idempotency_key_reused">);

/**
 * The cost of writing a command's outcome to D1, and D1's bookmark after it; null: nothing to write, or it is written
 * later.
 */
export type Projected = { bookmark: string | null; queries: number; rowsRead: number; rowsWritten: number } | null;

export interface Inspection {
  row: ConversationRow;
  counts: { messages: number; inbound: number; outgoing: number };
  seq: number;
  projected: number;
  published: number;
}

// ── An organization's live inbox
// ───────────────────────────────────────────────────────────────────────────────────────

export interface InboxApi {
  /**
   * Takes events, those of a conversation in their order. Durable and broadcast when it returns; false: no socket is
   * open.
   * `wakeFor`: the tenant's database, if the projector is to be woken for the conversation.
   */
  publish(arrival: Arrival, wakeFor?: string | null): Promise<boolean>;
  /** Sends a frame without a position to the sockets that may see it. It is not kept. */
  show(frame: ProgressFrame): Promise<void>;
  /**
   * A conversation asks before it accepts a socket; from then on `revoke` finds the socket. False: do not accept it.
   */
  conversationOpened(conversationId: string, identity: SocketIdentity, tenantDb: string): Promise<boolean>;
  conversationClosed(opening: string): Promise<void>;
  /** A token that opens one socket, once, within 30 seconds; undefined if the caller's rights have ended. */
  issueTicket(identity: SocketIdentity, tenantDb: string): Promise<{ ticket: string; expiresAt: number } | undefined>;
  redeemTicket(ticket: string): Promise<{ identity: SocketIdentity; tenantDb: string } | undefined>;
  /** The agent has a browser that takes pushes. */
  pushTo(agentId: string, tenantDb: string): Promise<void>;
  /** How many conversations that are not resolved each of the caller's views has. */
  counts(who: Visibility, tenantDb: string): Promise<ViewCounts>;
  /** Empties the frames of these conversations, of which a socket that resumes gets nothing. */
  forget(conversationIds: readonly string[]): Promise<void>;
  /** Ends every socket and ticket of these sessions, keys and agents: their rights have changed or ended. */
  revoke(whose: Revoked): Promise<void>;
  /** Upgrades to a WebSocket. */
  fetch(request: Request): Promise<Response>;
}

export interface ViewCount {
  total: number;
  /** Those with unread messages. */
  unread: number;
}

export interface ViewCounts {
  /** The position in the inbox's stream of the newest event that they include. */
  seq: number;
  mine: ViewCount;
  unassigned: ViewCount;
  all: ViewCount;
  /** By division. */
  divisions: Record<string, ViewCount>;
}

/** Events of a conversation, as frames numbered by the conversation; or one event of another entity. */
export interface Arrival {
  /** Identifies repetitions: the conversation's id, or that of the event. */
  id: string;
  /** The conversation's visibility scope; absent for another entity. */
  now?: VisibilityScope;
  /** Its scope before these events, if they changed it. */
  was?: VisibilityScope;
  frames: (LiveFrame | EntityFrame)[];
  /** The inbox may have some of them already. */
  isRepeated?: boolean;
}

export interface Revoked {
  agentIds?: readonly string[];
  credentialIds?: readonly string[];
}

// ── An organization's allocation
// ───────────────────────────────────────────────────────────────────────────────────────

export interface RoutingApi {
  /** A conversation has entered a queue, or an agent has free capacity. Returns at once. */
  wake(org: RoutedOrg): Promise<void>;
}

export interface RoutedOrg {
  id: string;
  tenantDb: string;
}

// ── A webhook's endpoint
// ─────────────────────────────────────────────────────────────────────────────────────────────

export interface EndpointApi {
  /** Deliveries may be due. Returns at once. */
  wake(webhook: WebhookRef): Promise<void>;
}

export interface WebhookRef {
  orgId: string;
  tenantDb: string;
  webhookId: string;
}
