import type { AnswerThread, Channel } from "../../channels/channel";
import type { SentCampaign } from "./campaigns";
import type { WindowStatus } from "../window";
import { type ActorRef, CATALOGUE, type DomainEvent, type EventType, isCounted } from "../event";
import { previewOf, type StoredMessage } from "../message/state";
import type { StoredNote } from "../note/state";
import type { Survey } from "../survey";
import { type CycleFacts, NO_SLA, type Sla } from "../sla";

/** The state of a conversation, and `Step`, which collects a change of it by updates.ts and commands/. Pure. */

export const CONVERSATION_STATUSES = ["open", "pending", "resolved"] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];
/** Set when the conversation begins; never changes. */
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
  /** Increases by one with every change of the state apart from `seq`; a projected row never goes back. */
  version: number;
  /** The number of the last event. */
  seq: number;
  status: ConversationStatus;
  assignedAgentId: string | null;
  divisionId: string | null;
  /** The time since when the conversation has been waiting in its division's queue; null: it does not wait. */
  waitingSince: number | null;
  /** The agent who returned it to the queue; allocation does not assign it to that agent again at once. */
  givenUpBy: string | null;
  tags: string[];
  /** The customer waits for an answer of a person. A resolved conversation owes none. */
  isUnanswered: boolean;
  unreadCount: number;
  /**
   * The number of the last message when an agent last marked the conversation as read: inbound messages up to it are
   * read.
   */
  readUpTo: number;
  /** Starts at 1 and increases each time a resolved conversation is reopened; 0: it has nothing but history. */
  cycle: number;
  cycleStartedAt: number;
  /** The cycle's first message of the customer, by the channel's clock. */
  firstInboundAt: number | null;
  /** The cycle's first answer of a person to that message. */
  firstAnsweredAt: number | null;
  resolvedAt: number | null;
  messageCount: number;
  /** Numbers messages; never goes back. */
  messageNumber: number;
  /** The times of names are the channel's: an older update does not overwrite a newer name. */
  address: string | null;
  addressAt: number;
  userId: string | null;
  /** The user id for all linked portfolios. */
  parentUserId: string | null;
  userIdAt: number;
  /** The alias table has the address and the user id as names of one person. */
  isPaired: boolean;
  nameAt: number;
  /** The name in the channel's profile. `givenName`, which an agent gave, takes precedence. */
  profileName: string | null;
  /** The username on the channel. */
  username: string | null;
  givenName: string | null;
  lastMessage: string | null;
  lastMessageId: string | null;
  lastMessageAt: number | null;
  lastInboundAt: number | null;
  lastInboundExternalId: string | null;
  /** False: another program controls the thread, so the channel takes no message of ours. */
  hasControl: boolean;
  /** The channel's time of the last report about control. */
  controlAt: number;
  /** The advertisement, link or post that led to the cycle, in the channel's terms; the first of the cycle. */
  referral: Record<string, unknown> | null;
  referralAt: number;
  /** The key in R2 of the person's picture on the channel. */
  picture: string | null;
  /** The latest answer from the channel's own app: earlier messages of the customer have been read and answered. */
  lastEchoAt: number | null;
  /** The headers of an answer, where threads are subjects; and whether a program wrote the last inbound message. */
  thread: AnswerThread | null;
  isAutomated: boolean;
  /** Updated by the minute's sweep and by commands; a message from the customer opens it. */
  windowStatus: WindowStatus;
  /** The SLA of the current cycle. */
  sla: Sla;
  /** Increases when an AI reply in progress becomes out of date. */
  aiEpoch: number;
  /** The surveys that may still be rated, oldest first. */
  surveys: Survey[];
  /** The last messages of campaigns, oldest first. */
  campaigns: readonly SentCampaign[];
  createdAt: number;
  updatedAt: number;
}

/** The result of a step, to be written in one transaction. Messages are complete: they replace the stored ones. */
export interface Outcome {
  state: ConversationState;
  events: DomainEvent[];
  messages: StoredMessage[];
  /** Those of the messages that are to be sent to the channel. */
  outgoing: StoredMessage[];
  /** Notes to be written, by id; null: to be deleted. */
  notes: Map<string, StoredNote | null>;
}

/** Finds a message by our id or by the channel's. */
export type Find = (by: { externalId?: string; id?: string }) => StoredMessage | undefined;

export type MeasuredCycle = CycleFacts & { cycle: number; divisionId: string | null };

export const cycleOf = (state: ConversationState): MeasuredCycle => ({
  cycle: state.cycle,
  divisionId: state.divisionId,
  openedAt: state.cycleStartedAt,
  firstInboundAt: state.firstInboundAt,
  firstResponseAt: state.firstAnsweredAt,
  resolvedAt: state.resolvedAt,
});

/** Collects a change: its events, messages and notes, and the new state. */
export class Step {
  readonly events: DomainEvent[] = [];
  readonly messages = new Map<string, StoredMessage>();
  readonly outgoing: StoredMessage[] = [];
  readonly #notes = new Map<string, StoredNote | null>();
  /** The state as it was; never changed. */
  readonly before: ConversationState;
  readonly state: ConversationState;
  readonly now: number;
  readonly actor: ActorRef;
  /** D1 keeps something of the change that the state does not show, so no event of it is a mere tick. */
  isKept = false;

  constructor(before: ConversationState, actor: ActorRef, now: number) {
    this.before = before;
    this.state = { ...before, tags: [...before.tags] };
    this.actor = actor;
    this.now = now;
  }

  event(
    type: EventType,
    {
      seconds,
      counts = true,
      ...more
    }: Pick<DomainEvent, "messageId" | "data"> & { actor?: ActorRef; seconds?: number; counts?: boolean } = {},
  ): void {
    this.state.seq++;
    const { seq, assignedAgentId: agentId, divisionId } = this.state;
    const facts = counts &&
      isCounted(type) && { facts: { agentId, divisionId, ...(seconds !== undefined && { seconds }) } };
    this.events.push({ seq, type, at: this.now, actor: this.actor, ...more, ...facts });
  }

  /** Reopens a resolved conversation, with a new cycle. The first cycle after history begins the conversation. */
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
      referral: null,
      referralAt: 0,
    });
    if (cycle === 1) this.event("conversation.created");
    else this.event("conversation.reopened", { data: { from: "resolved", to, cycle } });
  }

  /** Moves the conversation to the top of lists. Not for reading and delivery statuses. The time never goes back. */
  touch(): void {
    this.state.updatedAt = Math.max(this.state.updatedAt, this.now);
  }

  /** Whether the state has changed apart from the number of its last event. */
  #hasChanged(): boolean {
    const { before, state } = this;
    return (Object.keys(state) as (keyof ConversationState)[]).some((key) =>
      key === "tags"
        ? JSON.stringify(state.tags) !== JSON.stringify(before.tags)
        : key !== "seq" && state[key] !== before[key],
    );
  }

  /** A conversation keeps its position in a queue until it is assigned, resolved, or moved to another division. */
  #waitingSince(): number | null {
    const { divisionId, assignedAgentId, status } = this.state;
    if (divisionId === null || assignedAgentId !== null || status === "resolved") return null;
    return (divisionId === this.before.divisionId ? this.before.waitingSince : null) ?? this.now;
  }

  saveNote(note: StoredNote): void {
    this.#notes.set(note.id, note);
  }

  removeNote(id: string): void {
    this.#notes.set(id, null);
  }

  done(): Outcome {
    const written = { messages: [...this.messages.values()], outgoing: this.outgoing, notes: this.#notes };
    // Without events the state must not change: there would be nothing to deliver.
    if (this.events.length === 0) return { state: this.before, events: [], ...written };
    this.state.waitingSince = this.#waitingSince();
    if (this.#hasChanged()) this.state.version++;
    else if (!this.isKept) for (const event of this.events) if (CATALOGUE[event.type].tick) event.isTick = true;
    const cycle = cycleOf(this.state);
    const last = this.events.at(-1);
    if (
      last &&
      cycle.cycle > 0 &&
      (this.before.version === 0 || JSON.stringify(cycle) !== JSON.stringify(cycleOf(this.before)))
    )
      last.cycle = cycle;
    return { state: this.state, events: this.events, ...written };
  }
}

export function showLast(state: ConversationState, message: StoredMessage): void {
  if (message.createdAt < (state.lastMessageAt ?? 0)) return;
  state.lastMessageAt = message.createdAt;
  state.lastMessageId = message.id;
  state.lastMessage = previewOf(message);
}

/** Updates the preview in lists if the changed message is the last. */
export function showChanged(state: ConversationState, message: StoredMessage): void {
  if (message.id === state.lastMessageId) state.lastMessage = previewOf(message);
}

/** The name that an agent gave takes precedence over the channel's. */
export const contactNameOf = (state: ConversationState): string | null =>
  state.givenName ?? state.profileName ?? state.username;
