import type { Channel, ChannelFailure, Content, MediaReference, MessageType } from "../src/channels/channel";
import { wordsOf } from "../src/channels/words";
import type { WindowStatus } from "../src/channels/window";
import { uuidV5 } from "../src/kit/id";
import type { Survey } from "./survey.state";
import { type CycleFacts, NO_SLA, type Sla } from "./sla.state";

/** What a conversation is, and how a step of it is written down. Pure, as conversation.updates.ts and conversation.commands.ts are, which say what each thing does: no clock, no storage, no network. */

export const CONVERSATION_STATUSES = ["open", "pending", "resolved"] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];
export const MESSAGE_STATUSES = ["received", "queued", "sending", "sent", "delivered", "read", "failed"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface ActorRef {
  kind: "agent" | "api_key" | "system" | "customer";
  id: string | null;
}

/** Given once, when the conversation begins; never changes. */
export interface ConversationIdentity {
  id: string;
  orgId: string;
  tenantDb: string;
  channel: Channel;
  accountId: string;
  /** The channel's id of the account. */
  accountExternalId: string;
  contactId: string;
  threadKey: string;
}

export interface ConversationState extends ConversationIdentity {
  /** The state as a whole moves on by one with every change; a projected row never goes back. */
  version: number;
  /** The number of the last event. */
  seq: number;
  status: ConversationStatus;
  assignedAgentId: string | null;
  divisionId: string | null;
  /** Since when it waits in its division's queue for somebody to be given to. Conversations of before have no such field. */
  waitingSince?: number | null;
  /** Who had it last and put it into the queue: not the one to be given it again at once. */
  givenUpBy?: string | null;
  tags: string[];
  unreadCount: number;
  /** The number of the last message when somebody last read: inbound messages up to it are read. */
  readUpTo: number;
  /** 1 for the first time, one more for each time that a resolved conversation began anew. */
  cycle: number;
  /** When the cycle began. Absent where that was not kept yet: such a cycle has no figures of time. */
  cycleStartedAt?: number;
  /** The cycle's first message of the customer, by the channel's clock. */
  firstInboundAt?: number | null;
  /** The cycle's first answer of a person to it. */
  firstAnsweredAt?: number | null;
  resolvedAt: number | null;
  messageCount: number;
  /** Numbers messages; never goes back. */
  messageNumber: number;
  address: string | null;
  userId: string | null;
  /** The name that the channel's profile says, and the one that an agent gave, which wins. */
  profileName: string | null;
  /** What the person is called on the channel; absent where that was not kept yet. */
  username?: string | null;
  givenName: string | null;
  lastMessage: string | null;
  /** Absent where that was not kept yet. */
  lastMessageId?: string | null;
  lastMessageAt: number | null;
  lastInboundAt: number | null;
  lastInboundExternalId: string | null;
  /** As it was last looked at; a message of the customer's opens it again. */
  windowStatus: WindowStatus;
  /** How the present cycle stands against its policy. */
  sla: Sla;
  /** Counts what makes an AI reply that is under way out of date. */
  aiEpoch: number;
  /** Those that may still be rated, oldest first; absent where there never was one. */
  surveys?: Survey[];
  createdAt: number;
  updatedAt: number;
}

export interface Reaction {
  /** Empty: taken back. It is kept, and shown to nobody, so that an older one that comes late does not take its place. */
  emoji: string;
  by: "customer" | "agent";
  at: number;
  /** Of an agent's: why the channel did not take it. */
  failure?: ChannelFailure | null;
}

export interface StoredMedia {
  reference: MediaReference;
  /** `pending` until it is copied to R2. */
  state: "pending" | "stored" | "failed";
  id: string;
  attempts: number;
  mimeType: string | null;
  fileSize: number | null;
  /** Where in R2, if not at the conversation's own place: what we send is where it was uploaded to. */
  r2Key?: string;
}

/** A file that is kept, to be sent. */
export interface FileToSend {
  r2Key: string;
  mimeType: string;
  fileName: string;
  fileSize: number;
}

export interface StoredMessage {
  id: string;
  externalId: string | null;
  direction: "inbound" | "outbound";
  type: MessageType;
  content: Content;
  status: MessageStatus;
  createdAt: number;
  cycle: number;
  /** The message that this one answers, or, of a reaction, the one that it is on. */
  replyTo: string | null;
  senderAgentId: string | null;
  media: StoredMedia | null;
  reactions: Reaction[];
  editedAt: number | null;
  revokedAt: number | null;
  failure: ChannelFailure | null;
  /** When each step was reached. */
  times: Partial<Record<MessageStatus, number>>;
  pricing: Record<string, unknown> | null;
  raw: unknown;
}

/** All that can happen. docs/live.md explains each; a test holds the page and this list together. */
export const EVENT_TYPES = [
  "conversation.created",
  "conversation.assigned",
  "conversation.unassigned",
  "conversation.status_changed",
  "conversation.resolved",
  "conversation.reopened",
  "conversation.transferred",
  "conversation.tags_changed",
  "conversation.read",
  "conversation.updated",
  "csat.requested",
  "csat.submitted",
  "window.expiring",
  "window.expired",
  "sla.warning",
  "sla.breached",
  "message.received",
  "message.queued",
  "message.status",
  "message.failed",
  "message.updated",
  "note.created",
  "note.updated",
  "note.deleted",
  "note.mentioned",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened, committed with the state that it led to. `seq` counts per conversation. */
export interface DomainEvent {
  seq: number;
  type: EventType;
  at: number;
  actor: ActorRef;
  /** The message it is about. */
  messageId?: string;
  /** What else there is to know, in the wire's words. */
  data?: Record<string, unknown>;
  /** The cycle as it was then, where this changed it. D1 learns of every cycle so, also of one that ended before it heard. */
  cycle?: MeasuredCycle;
  /** What the figures of analytics need to know of that moment, since the state moves on. Said to nobody. */
  facts?: EventFacts;
}

export interface EventFacts {
  /** Whose the conversation was. */
  agentId: string | null;
  divisionId: string | null;
  /** On the first answer of a cycle, and on its resolution: how long it took. */
  seconds?: number;
}

/** What a step leaves to be written, in one transaction. Messages are whole: written over what was there. */
export interface Outcome {
  state: ConversationState;
  events: DomainEvent[];
  messages: StoredMessage[];
}

export type Refusal = {
  problem:
    | "conversation_resolved"
    | "conversation_window_closed"
    | "conversation_too_many_tags"
    | "transfer_to_self"
    | "csat_survey_exists"
    | "csat_already_rated"
    | "csat_expired"
    | "sla_facts_changed"
    | "message_not_allowed"
    | "message_reference_unknown";
  detail?: string;
  errors?: { field: string; message: string }[];
};

export const STATUS_RANK: Record<MessageStatus, number> = { received: 0, queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, failed: 5 };

export function newConversation(identity: ConversationIdentity, at: number): ConversationState {
  return {
    ...identity,
    version: 0,
    seq: 0,
    status: "open",
    assignedAgentId: null,
    divisionId: null,
    waitingSince: null,
    tags: [],
    unreadCount: 0,
    readUpTo: 0,
    cycle: 1,
    cycleStartedAt: at,
    firstInboundAt: null,
    firstAnsweredAt: null,
    resolvedAt: null,
    messageCount: 0,
    messageNumber: 0,
    address: null,
    userId: null,
    profileName: null,
    username: null,
    givenName: null,
    lastMessage: null,
    lastMessageId: null,
    lastMessageAt: null,
    lastInboundAt: null,
    lastInboundExternalId: null,
    windowStatus: "open",
    sla: NO_SLA,
    aiEpoch: 0,
    createdAt: at,
    updatedAt: at,
  };
}

/** The events that analytics counts: they carry `facts`. */
const IN_FIGURES = [
  "conversation.created",
  "conversation.reopened",
  "conversation.resolved",
  "conversation.assigned",
  "message.received",
  "message.queued",
] as const satisfies readonly EventType[];
export type EventInFigures = (typeof IN_FIGURES)[number];
const isInFigures = (type: EventType): type is EventInFigures => (IN_FIGURES as readonly EventType[]).includes(type);
export type MeasuredCycle = CycleFacts & { cycle: number; divisionId: string | null };

export const cycleOf = (state: ConversationState): MeasuredCycle => ({
  cycle: state.cycle,
  divisionId: state.divisionId,
  openedAt: state.cycleStartedAt ?? state.createdAt,
  firstInboundAt: state.firstInboundAt ?? null,
  firstResponseAt: state.firstAnsweredAt ?? null,
  resolvedAt: state.resolvedAt,
});

/** A state that was kept before it had all its fields. */
export const restored = (kept: ConversationState): ConversationState => ({
  ...kept,
  windowStatus: kept.windowStatus ?? "open",
  resolvedAt: kept.resolvedAt ?? null,
  sla: kept.sla ?? NO_SLA,
});

export const SYSTEM: ActorRef = { kind: "system", id: null };

/** Collects what one step does, so that every rule below reads as a list of what happens. */
export class Step {
  readonly events: DomainEvent[] = [];
  readonly messages = new Map<string, StoredMessage>();
  readonly state: ConversationState;
  readonly now: number;
  readonly #before: ConversationState;
  readonly actor: ActorRef;

  constructor(before: ConversationState, actor: ActorRef, now: number) {
    this.#before = before;
    this.state = { ...before, tags: [...before.tags] };
    this.actor = actor;
    this.now = now;
  }

  event(
    type: EventType,
    { seconds, counts = true, ...more }: Pick<DomainEvent, "messageId" | "data"> & { actor?: ActorRef; seconds?: number; counts?: boolean } = {},
  ): void {
    this.state.seq++;
    const { seq, assignedAgentId: agentId, divisionId } = this.state;
    const facts = counts && isInFigures(type) && { facts: { agentId, divisionId, ...(seconds !== undefined && { seconds }) } };
    this.events.push({ seq, type, at: this.now, actor: this.actor, ...more, ...facts });
  }

  /** A resolved conversation begins anew, with a cycle of its own. */
  reopen(to: Exclude<ConversationStatus, "resolved">): void {
    const cycle = this.state.cycle + 1;
    Object.assign(this.state, {
      status: to,
      cycle,
      cycleStartedAt: this.now,
      firstInboundAt: null,
      firstAnsweredAt: null,
      resolvedAt: null,
      sla: NO_SLA,
      givenUpBy: null,
    });
    this.event("conversation.reopened", { data: { from: "resolved", to, cycle } });
  }

  /** Lists are sorted by this: it moves with everything but reading and delivery ticks. It never goes back. */
  touch(): void {
    this.state.updatedAt = Math.max(this.state.updatedAt, this.now);
  }

  /** A place in a queue is kept until the conversation leaves it: for somebody, for another division, or resolved. */
  #waitingSince(): number | null {
    const { divisionId, assignedAgentId, status } = this.state;
    if (divisionId === null || assignedAgentId !== null || status === "resolved") return null;
    return (divisionId === this.#before.divisionId ? this.#before.waitingSince : null) ?? this.now;
  }

  done(): Outcome {
    // What nobody is told of changes at most messages: no state is ever newer than its version, and D1 has the newest.
    if (this.events.length === 0) return { state: this.#before, events: [], messages: [...this.messages.values()] };
    this.state.version++;
    this.state.waitingSince = this.#waitingSince();
    const cycle = cycleOf(this.state);
    const last = this.events.at(-1);
    if (last && (this.#before.version === 0 || JSON.stringify(cycle) !== JSON.stringify(cycleOf(this.#before)))) last.cycle = cycle;
    return { state: this.state, events: this.events, messages: [...this.messages.values()] };
  }
}

/** Derived, so that a file that comes again is the same one. */
export const mediaIdOf = (state: Pick<ConversationState, "id">, ofMessage: string): string => uuidV5(state.id, `media:${ofMessage}`);

/** Where a message's file is in R2. */
export const fileKey = (state: Pick<ConversationState, "id" | "orgId">, media: StoredMedia): string => media.r2Key ?? `${state.orgId}/${state.id}/${media.id}`;

export function blankMessage(
  id: string,
  direction: StoredMessage["direction"],
  type: MessageType,
  content: Content,
  createdAt: number,
  cycle: number,
): StoredMessage {
  return {
    id,
    direction,
    type,
    content,
    createdAt,
    cycle,
    externalId: null,
    status: "queued",
    replyTo: null,
    senderAgentId: null,
    media: null,
    reactions: [],
    editedAt: null,
    revokedAt: null,
    failure: null,
    times: {},
    pricing: null,
    raw: null,
  };
}

/** An agent's reaction is sent as messages are, and seen on the message that it is on only: it is none of the thread's own. */
export const isReaction = (message: Pick<StoredMessage, "type" | "replyTo">): boolean => message.type === "reaction" && message.replyTo !== null;

/** A message with this reaction in place of the one that its author had. */
export const withReaction = (message: StoredMessage, reaction: Reaction): StoredMessage => ({
  ...message,
  reactions: [...message.reactions.filter(({ by }) => by !== reaction.by), reaction],
});

/**
 * The message with a status that is higher than its own; a late "sent" never takes "read" back, and adds only when it was. Undefined: it
 * is all known.
 */
export function climb(message: StoredMessage, status: MessageStatus, at: number, failure: ChannelFailure | null): StoredMessage | undefined {
  const here = STATUS_RANK[message.status];
  const times = message.times[status] === undefined ? { ...message.times, [status]: inOrder(message.times, status, at) } : message.times;
  if (status === "failed") {
    // Failed only from before delivered.
    if (here >= STATUS_RANK.delivered) return undefined;
    return { ...message, status, times, failure };
  }
  // A failure that we only supposed (no answer came) gives way to the channel's own word.
  if (message.status === "failed" && message.failure?.code === OUTCOME_UNKNOWN) return { ...message, status, times, failure: null };
  if (STATUS_RANK[status] > here) return { ...message, status, times };
  return times === message.times ? undefined : { ...message, times };
}

/** A channel's clock is not ours and has whole seconds: no step is before the ones below it, or after those above. */
function inOrder(times: StoredMessage["times"], status: MessageStatus, at: number): number {
  const known = Object.entries(times) as [MessageStatus, number][];
  const below = known.filter(([other]) => STATUS_RANK[other] < STATUS_RANK[status]).map(([, time]) => time);
  const above = known.filter(([other]) => STATUS_RANK[other] > STATUS_RANK[status]).map(([, time]) => time);
  return Math.max(Math.min(at, ...above), ...below);
}

export const OUTCOME_UNKNOWN = "outcome_unknown";

export function showLast(state: ConversationState, message: StoredMessage): void {
  if (message.createdAt < (state.lastMessageAt ?? 0)) return;
  state.lastMessageAt = message.createdAt;
  state.lastMessageId = message.id;
  state.lastMessage = previewOf(message);
}

/** A message that says something else now, which lists show if it is the last. */
export function showChanged(state: ConversationState, message: StoredMessage): void {
  const isLast = state.lastMessageId === undefined ? message.createdAt === state.lastMessageAt : message.id === state.lastMessageId;
  if (isLast) state.lastMessage = previewOf(message);
}

/** Nothing, once it was taken back. */
export function searchableText(message: Pick<StoredMessage, "type" | "content" | "revokedAt">): string {
  return message.revokedAt === null ? wordsOf(message).join("\n") : "";
}

const previewOf = (message: StoredMessage): string => (message.revokedAt === null ? searchableText(message).slice(0, 120) || `[${message.type}]` : "[deleted]");
