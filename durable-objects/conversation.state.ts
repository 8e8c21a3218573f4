import type { Channel, ChannelFailure, ChannelUpdate, Content, MediaReference, MessageType } from "../src/channels/channel";
import type { Values } from "../src/areas/quick-replies/variables";
import { type WindowRule, windowClosesAt, type WindowStatus, windowStatusAt } from "../src/channels/window";
import { messageId, uuidV5 } from "../src/kit/id";
import { answerIn, followMessage, type Rating, rateSurvey, requestSurvey, type Survey } from "./survey.state";
import { BREACH_TYPES, type BreachKey, type CycleFacts, judged, NO_SLA, type Sla, type SlaPlan } from "./sla.state";

/** What a conversation is, and what each thing that happens does to it. Pure: no clock, no storage, no network. */

export type ConversationStatus = "open" | "pending" | "resolved";
export type MessageStatus = "received" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed";

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
  givenName: string | null;
  lastMessage: string | null;
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
  emoji: string;
  by: "customer" | "agent";
  at: number;
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

export type EventType =
  | "conversation.created"
  | "conversation.assigned"
  | "conversation.unassigned"
  | "conversation.status_changed"
  | "conversation.resolved"
  | "conversation.reopened"
  | "conversation.transferred"
  | "conversation.tags_changed"
  | "conversation.read"
  | "conversation.updated"
  | "csat.requested"
  | "csat.submitted"
  | "window.expiring"
  | "window.expired"
  | "sla.warning"
  | "sla.breached"
  | "message.received"
  | "message.queued"
  | "message.status"
  | "message.failed"
  | "message.updated"
  | "note.created"
  | "note.updated"
  | "note.deleted"
  | "note.mentioned";

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

const STATUS_RANK: Record<MessageStatus, number> = { received: 0, queued: 0, sending: 1, sent: 2, delivered: 3, read: 4, failed: 5 };

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
    givenName: null,
    lastMessage: null,
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

/** Collects what one step does, so that every rule below reads as a list of what happens. */
export class Step {
  readonly events: DomainEvent[] = [];
  readonly messages = new Map<string, StoredMessage>();
  readonly state: ConversationState;
  readonly now: number;
  readonly #before: ConversationState;
  readonly #actor: ActorRef;

  constructor(before: ConversationState, actor: ActorRef, now: number) {
    this.#before = before;
    this.state = { ...before, tags: [...before.tags] };
    this.#actor = actor;
    this.now = now;
  }

  event(type: EventType, { seconds, ...more }: Pick<DomainEvent, "messageId" | "data"> & { actor?: ActorRef; seconds?: number } = {}): void {
    this.state.seq++;
    const { seq, assignedAgentId: agentId, divisionId } = this.state;
    const facts = isInFigures(type) && { facts: { agentId, divisionId, ...(seconds !== undefined && { seconds }) } };
    this.events.push({ seq, type, at: this.now, actor: this.#actor, ...more, ...facts });
  }

  /** A resolved conversation begins anew. */
  startCycle(): void {
    this.state.cycle++;
    Object.assign(this.state, { cycleStartedAt: this.now, firstInboundAt: null, firstAnsweredAt: null, resolvedAt: null, sla: NO_SLA });
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
    // What says nothing changes nothing: no state is ever newer than its version.
    if (this.events.length === 0 && this.messages.size === 0) return { state: this.#before, events: [], messages: [] };
    this.state.version++;
    this.state.waitingSince = this.#waitingSince();
    const cycle = cycleOf(this.state);
    const last = this.events.at(-1);
    if (last && (this.#before.version === 0 || JSON.stringify(cycle) !== JSON.stringify(cycleOf(this.#before)))) last.cycle = cycle;
    return { state: this.state, events: this.events, messages: [...this.messages.values()] };
  }
}

const CUSTOMER: ActorRef = { kind: "customer", id: null };
const SYSTEM: ActorRef = { kind: "system", id: null };

/** What an update from the channel is about: the message it names, if the object has it. */
export type Find = (by: { externalId?: string; id?: string }) => StoredMessage | undefined;

/**
 * One thing that the channel said. The caller drops what it has seen before (`isNew`); a status is its own test, since it only
 * climbs. Returns no events for what changes nothing.
 */
export function applyUpdate(before: ConversationState, update: ChannelUpdate, find: Find, now: number): Outcome {
  const step = new Step(before, CUSTOMER, now);
  const { state } = step;
  if ("from" in update) {
    // The address that the person writes from now is the one to answer to, also where another keys the thread.
    if (update.kind === "message") state.address = update.from.address ?? state.address;
    else state.address ??= update.from.address ?? null;
    state.userId ??= update.from.userId ?? null;
    if (update.from.name) state.profileName = update.from.name;
  }
  switch (update.kind) {
    case "message":
      receive(step, before, update, find, now);
      break;
    case "reaction": {
      const target = find({ externalId: update.target });
      if (!target) break;
      const others = target.reactions.filter((reaction) => reaction.by !== "customer");
      const reactions = update.emoji ? [...others, { emoji: update.emoji, by: "customer" as const, at: update.at }] : others;
      step.messages.set(target.id, { ...target, reactions });
      step.event("message.updated", { messageId: target.id, data: { reason: "reaction" } });
      break;
    }
    case "edit": {
      const target = find({ externalId: update.target });
      if (!target || (target.editedAt ?? 0) > update.at) break;
      step.messages.set(target.id, { ...target, content: { ...target.content, ...update.content }, editedAt: update.at });
      step.event("message.updated", { messageId: target.id, data: { reason: "edit" } });
      break;
    }
    case "revoke": {
      const target = find({ externalId: update.target });
      if (!target || target.revokedAt !== null) break;
      step.messages.set(target.id, { ...target, revokedAt: update.at });
      step.event("message.updated", { messageId: target.id, data: { reason: "revoke" } });
      break;
    }
    case "address_changed":
      if (update.newAddress) state.address = update.newAddress;
      if (update.newUserId) state.userId = update.newUserId;
      step.event("conversation.updated", { data: { reason: "address_changed" } });
      step.touch();
      break;
    case "status": {
      const target = find({ externalId: update.externalId, ...(update.messageId && { id: update.messageId }) });
      const climbed = target && climb(target, update.status, update.at, update.failure ?? null);
      if (!climbed) break;
      const after = { ...climbed, externalId: climbed.externalId ?? update.externalId, pricing: update.pricing ?? climbed.pricing };
      step.messages.set(after.id, after);
      step.event(after.status === "failed" ? "message.failed" : "message.status", { messageId: after.id, data: { status: after.status } });
      followMessage(step, after, now);
      break;
    }
    default:
      break;
  }
  return step.done();
}

function receive(step: Step, before: ConversationState, update: Extract<ChannelUpdate, { kind: "message" }>, find: Find, now: number): void {
  const { state } = step;
  const { message } = update;
  if (state.version === 0) step.event("conversation.created");
  // A rating is the end of a cycle and not the beginning of one.
  const answer = answerIn(state, message);
  if (before.status === "resolved" && !answer) {
    state.status = "open";
    step.startCycle();
    step.event("conversation.reopened", { data: { cycle: state.cycle } });
  }
  state.messageNumber++;
  // A channel's clock may run ahead of ours, but nothing was written in the future.
  const at = Math.min(message.at, now);
  const stored: StoredMessage = {
    ...blankMessage(messageId(at, state.id, state.messageNumber), "inbound", message.type, message.content, at, state.cycle),
    externalId: message.externalId,
    status: "received",
    times: { received: now },
    replyTo: (message.replyTo && find({ externalId: message.replyTo })?.id) ?? null,
    raw: message.raw ?? null,
  };
  if (message.media) {
    stored.media = { reference: message.media, state: "pending", id: "", attempts: 0, mimeType: message.media.mimeType ?? null, fileSize: null };
  }
  step.messages.set(stored.id, stored);
  state.messageCount++;
  state.unreadCount++;
  if (at >= (state.lastInboundAt ?? 0)) {
    state.lastInboundAt = at;
    state.lastInboundExternalId = message.externalId;
    state.windowStatus = "open";
  }
  // Of messages that come out of their order the earliest is the first, until it is answered.
  if (state.firstInboundAt !== undefined && state.firstAnsweredAt === null) state.firstInboundAt = Math.min(state.firstInboundAt ?? at, at);
  showLast(state, stored);
  step.event("message.received", { messageId: stored.id });
  if (answer) rateSurvey(step, answer.survey.id, { rating: answer.rating, comment: null, via: "reply" }, now);
  step.touch();
}

function blankMessage(id: string, direction: StoredMessage["direction"], type: MessageType, content: Content, createdAt: number, cycle: number): StoredMessage {
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

/** The message with a status that is higher than its own, or undefined: a late "sent" never takes "read" back. */
export function climb(message: StoredMessage, status: MessageStatus, at: number, failure: ChannelFailure | null): StoredMessage | undefined {
  const here = STATUS_RANK[message.status];
  const times = message.times[status] === undefined ? { ...message.times, [status]: at } : message.times;
  if (status === "failed") {
    // Failed only from before delivered.
    if (here >= STATUS_RANK.delivered) return undefined;
    return { ...message, status, times, failure };
  }
  // A failure that we only supposed (no answer came) gives way to the channel's own word.
  if (message.status === "failed" && message.failure?.code === OUTCOME_UNKNOWN) return { ...message, status, times, failure: null };
  if (STATUS_RANK[status] <= here) return undefined;
  return { ...message, status, times };
}

export const OUTCOME_UNKNOWN = "outcome_unknown";

function showLast(state: ConversationState, message: StoredMessage): void {
  if (message.createdAt < (state.lastMessageAt ?? 0)) return;
  state.lastMessageAt = message.createdAt;
  state.lastMessage = previewOf(message);
}

export function searchableText(message: Pick<StoredMessage, "content">): string {
  const { text, caption, file_name: fileName, subject } = message.content;
  return [subject, text, caption, fileName].filter((part): part is string => typeof part === "string" && part !== "").join("\n");
}

const previewOf = (message: StoredMessage): string => searchableText(message).slice(0, 120) || `[${message.type}]`;

export interface NewMessage {
  type: MessageType;
  content: Content;
  replyTo: string | null;
  /** What `content.media_id` names. */
  file?: FileToSend;
}

export type Command =
  // `values`: of the variables in its text that the conversation does not know itself; without them the text is sent as it stands.
  | { kind: "send"; message: NewMessage; values?: Pick<Values, "agent.name" | "org.name"> }
  | { kind: "assign"; agentId: string | null }
  | { kind: "takeover" }
  /** Of the allocation: only if it still waits in this division. */
  | { kind: "allocate"; agentId: string; divisionId: string }
  /** The division does not exist any more. */
  | { kind: "leave_division"; divisionId: string }
  | { kind: "transfer"; toAgentId: string | null; toDivisionId: string | null; note: string | null }
  | { kind: "rename_contact"; name: string | null }
  | { kind: "set_status"; status: ConversationStatus }
  | { kind: "set_tags"; tags: string[] }
  | { kind: "add_tags"; tags: string[] }
  | { kind: "remove_tags"; tags: string[] }
  | { kind: "mark_read" }
  /** Looks whether the window for free text closes or has closed, and resolves what is to be resolved then. */
  | { kind: "expire" }
  /** What is asked of a cycle with these facts, by this version of the settings; and looks whether something is due. */
  | { kind: "sla"; facts: MeasuredCycle; plan: SlaPlan | null; version: number }
  | { kind: "request_survey"; cycle: number; ask: NewMessage }
  | { kind: "rate_survey"; surveyId: string; rating: Rating };

/** What somebody asks of a conversation. No events: it is so already. */
export function applyCommand(before: ConversationState, command: Command, actor: ActorRef, window: WindowRule, now: number): Outcome | Refusal {
  const step = new Step(before, actor, now);
  const { state } = step;
  switch (command.kind) {
    case "send":
      if (!send(step, command.message, window, actor, now)) {
        return {
          problem: "conversation_window_closed",
          detail: `the customer's last message is more than ${window.windowHours} hours old; a template may still be sent`,
        };
      }
      break;
    case "assign":
      assign(step, command.agentId);
      break;
    case "takeover":
      if (before.status === "resolved") return { problem: "conversation_resolved" };
      transfer(step, actor.id, state.divisionId, null);
      setStatus(step, "open");
      state.aiEpoch = before.aiEpoch + 1;
      break;
    case "transfer":
      if (before.status === "resolved") return { problem: "conversation_resolved" };
      transfer(step, command.toAgentId, command.toDivisionId ?? before.divisionId, command.note);
      if (step.events.length === 0) return { problem: "transfer_to_self" };
      break;
    case "allocate":
      if (before.divisionId === command.divisionId && before.assignedAgentId === null && before.status !== "resolved") assign(step, command.agentId);
      break;
    case "leave_division":
      if (before.divisionId !== command.divisionId) break;
      transfer(step, before.assignedAgentId, null, null);
      if (state.status === "pending") setStatus(step, "open");
      break;
    case "rename_contact":
      if (before.givenName !== command.name) {
        state.givenName = command.name;
        step.event("conversation.updated", { data: { reason: "contact" } });
      }
      break;
    case "set_status":
      setStatus(step, command.status);
      break;
    case "set_tags":
      setTags(step, command.tags);
      break;
    case "add_tags":
      setTags(step, [...before.tags, ...command.tags]);
      if (state.tags.length > MAX_TAGS) return { problem: "conversation_too_many_tags", detail: `at most ${MAX_TAGS} tags` };
      break;
    case "remove_tags": {
      const gone = new Set(command.tags.map(sameTag));
      setTags(
        step,
        before.tags.filter((tag) => !gone.has(sameTag(tag))),
      );
      break;
    }
    case "mark_read":
      if (state.unreadCount > 0) {
        state.unreadCount = 0;
        state.readUpTo = state.messageNumber;
        step.event("conversation.read");
      }
      break;
    case "expire":
      lookAtWindow(step, window, now);
      break;
    case "sla":
      // Of a cycle that is over it comes too late: that one is closed in D1.
      if (command.facts.cycle < before.cycle || command.version < before.sla.version) break;
      if (!sameStart(command.facts, cycleOf(before))) return { problem: "sla_facts_changed" };
      if (!lookAtSla(step, command.plan, now, command.version) && saysOther(state.sla, before.sla)) {
        step.event("conversation.updated", { data: { reason: "sla" } });
      }
      break;
    case "request_survey": {
      const refusal = requestSurvey(step, command.cycle, command.ask, now, () => send(step, command.ask, window, SYSTEM, now));
      if (refusal) return refusal;
      break;
    }
    case "rate_survey": {
      const refusal = rateSurvey(step, command.surveyId, command.rating, now);
      if (refusal) return refusal;
      break;
    }
  }
  // Somebody began anew what was resolved: a window that closed long ago closes no second time.
  if (state.cycle !== before.cycle) state.windowStatus = windowStatusAt(state.lastInboundAt, window, now);
  return step.done();
}

function lookAtWindow(step: Step, window: WindowRule, now: number): void {
  const { state } = step;
  if (state.status === "resolved") return;
  const [was, is] = [state.windowStatus, windowStatusAt(state.lastInboundAt, window, now)];
  if (is !== was) {
    state.windowStatus = is;
    const expiresAt = windowClosesAt(state.lastInboundAt, window);
    if (is === "open") step.event("conversation.updated", { data: { reason: "window" } });
    else step.event(`window.${is}`, { data: { window_expires_at: new Date(expiresAt!).toISOString() } });
  }
  // One that had closed before, and was taken up again or left open by the rule of then, is given as long again.
  const isDue = is !== was || state.updatedAt + window.windowHours * 3_600_000 <= now;
  if (is === "expired" && window.autoResolve && isDue) setStatus(step, "resolved");
}

/** Whether deadlines that were computed from these facts are those of the others. */
const sameStart = (a: MeasuredCycle, b: MeasuredCycle): boolean =>
  a.cycle === b.cycle && a.divisionId === b.divisionId && a.openedAt === b.openedAt && a.firstInboundAt === b.firstInboundAt;

const saysOther = (a: Sla, b: Sla): boolean =>
  a.firstResponse !== b.firstResponse || a.resolution !== b.resolution || JSON.stringify(a.plan) !== JSON.stringify(b.plan);

/** Judges the clocks by a plan. True if there was something to say: a warning, a breach. */
function lookAtSla(step: Step, plan: SlaPlan | null, now: number, version = step.state.sla.version): boolean {
  const { state } = step;
  const before = state.sla;
  state.sla = { ...judged(plan, before, cycleOf(state), now), version };
  let said = false;
  for (const key of Object.keys(BREACH_TYPES) as BreachKey[]) {
    const [status, target] = [state.sla[key], plan?.[key]];
    if (status === before[key] || !target || (status !== "warning" && status !== "breached")) continue;
    step.event(`sla.${status}`, {
      data: {
        breach_type: BREACH_TYPES[key],
        policy_id: plan!.policyId,
        policy_name: plan!.policyName,
        threshold_secs: target.thresholdSecs,
        due_at: target.dueAt === null ? null : new Date(target.dueAt).toISOString(),
        cycle: state.cycle,
      },
    });
    said = true;
  }
  return said;
}

/** Undefined: the window is closed. What the system says by itself neither begins a cycle nor answers for a person. */
function send(step: Step, message: NewMessage, window: WindowRule, actor: ActorRef, now: number): StoredMessage | undefined {
  const { state } = step;
  if (message.type !== "template" && window.blocksText && windowStatusAt(state.lastInboundAt, window, now) === "expired") return undefined;
  if (state.status === "resolved" && actor.kind !== "system") {
    step.startCycle();
    step.event("conversation.reopened", { data: { cycle: state.cycle } });
  }
  if (state.status !== "open" && actor.kind !== "system") {
    const from = state.status;
    state.status = "open";
    // A person answers now: what an AI is about to say is out of date.
    if (from === "pending") state.aiEpoch++;
    if (from === "pending") step.event("conversation.status_changed", { data: { from, to: "open" } });
  }
  state.messageNumber++;
  const stored: StoredMessage = {
    ...blankMessage(messageId(now, state.id, state.messageNumber), "outbound", message.type, message.content, now, state.cycle),
    replyTo: message.replyTo,
    senderAgentId: actor.id,
    times: { queued: now },
  };
  if (message.file) stored.media = sentFile(mediaIdOf(state, stored.id), message.file);
  step.messages.set(stored.id, stored);
  state.messageCount++;
  showLast(state, stored);
  const seconds = firstAnswerSeconds(state, actor, now);
  if (seconds !== undefined) state.firstAnsweredAt = now;
  step.event("message.queued", { messageId: stored.id, actor, ...(seconds !== undefined && { seconds }) });
  if (seconds !== undefined) lookAtSla(step, state.sla.plan, now);
  step.touch();
  return stored;
}

/** Derived, so that a file that comes again is the same one. */
export const mediaIdOf = (state: Pick<ConversationState, "id">, ofMessage: string): string => uuidV5(state.id, `media:${ofMessage}`);

/** Where a message's file is in R2. */
export const fileKey = (state: Pick<ConversationState, "id" | "orgId">, media: StoredMedia): string => media.r2Key ?? `${state.orgId}/${state.id}/${media.id}`;

function sentFile(id: string, { r2Key, mimeType, fileName, fileSize }: FileToSend): StoredMedia {
  // The channel's id of it comes with the first try to send.
  const reference = { externalId: "", mimeType, fileName };
  return { reference, state: "stored", id, attempts: 0, mimeType, fileSize, r2Key };
}

/** How long the cycle's customer waited, if this is a person's first answer; undefined if it is not, or nobody has asked yet. */
function firstAnswerSeconds(state: ConversationState, actor: ActorRef, now: number): number | undefined {
  if (actor.kind === "system" || state.firstInboundAt == null || state.firstAnsweredAt !== null) return undefined;
  return secondsBetween(state.firstInboundAt, now);
}

const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000));

function assign(step: Step, agentId: string | null): void {
  const from = step.state.assignedAgentId;
  if (from === agentId) return;
  step.state.assignedAgentId = agentId;
  step.event(agentId === null ? "conversation.unassigned" : "conversation.assigned", { data: { from_agent_id: from, to_agent_id: agentId } });
  // A person has it now.
  if (agentId !== null && step.state.status === "pending") setStatus(step, "open");
  step.touch();
}

/** To an agent, to a division (whose queue it then waits in), or to an agent of a division. */
function transfer(step: Step, toAgentId: string | null, toDivisionId: string | null, note: string | null): void {
  const { state } = step;
  const [fromAgent, fromDivision] = [state.assignedAgentId, state.divisionId];
  if (fromAgent === toAgentId && fromDivision === toDivisionId) return;
  state.divisionId = toDivisionId;
  step.event("conversation.transferred", {
    data: { from_agent_id: fromAgent, to_agent_id: toAgentId, from_division_id: fromDivision, to_division_id: toDivisionId, note },
  });
  assign(step, toAgentId);
  if (toAgentId === null && toDivisionId !== null) setStatus(step, "pending");
  step.touch();
}

function setStatus(step: Step, status: ConversationStatus): void {
  const { state } = step;
  const from = state.status;
  if (from === status) return;
  state.status = status;
  // What an AI is about to say is out of date.
  if (from === "pending") state.aiEpoch++;
  if (from === "resolved") {
    step.startCycle();
    step.event("conversation.reopened", { data: { from, to: status, cycle: state.cycle } });
  } else if (status === "resolved") {
    const seconds = state.cycleStartedAt === undefined ? {} : { seconds: secondsBetween(state.cycleStartedAt, step.now) };
    state.resolvedAt = step.now;
    step.event("conversation.resolved", { data: { from, to: status }, ...seconds });
    lookAtSla(step, state.sla.plan, step.now);
  } else step.event("conversation.status_changed", { data: { from, to: status } });
  step.touch();
}

const sameTag = (tag: string): string => tag.toLowerCase();

function setTags(step: Step, tags: readonly string[]): void {
  const unique = [...new Map(tags.toReversed().map((tag) => [sameTag(tag), tag])).values()].toReversed();
  const from = step.state.tags;
  if (JSON.stringify(from) === JSON.stringify(unique)) return;
  step.state.tags = unique;
  step.event("conversation.tags_changed", { data: { from, to: unique } });
  step.touch();
}

export const MAX_TAGS = 50;

/** What the channel answered to a send, or that it goes no further. */
export function applySendResult(
  before: ConversationState,
  message: StoredMessage,
  result:
    | { status: "sending"; externalMediaId?: string | undefined }
    | { status: "sent"; externalId: string }
    | { status: "failed"; failure: ChannelFailure }
    | { status: "queued" },
  now: number,
): Outcome {
  const step = new Step(before, SYSTEM, now);
  if (result.status === "sending" || result.status === "queued") {
    // A step of our own that goes back and forth with retries; nobody is told but through the message itself.
    const externalId = "externalMediaId" in result ? result.externalMediaId : undefined;
    const media = externalId && message.media ? { ...message.media, reference: { ...message.media.reference, externalId } } : message.media;
    if (STATUS_RANK[message.status] <= STATUS_RANK.sending) step.messages.set(message.id, { ...message, status: result.status, media });
    return { ...step.done(), state: before };
  }
  const known = result.status === "sent" ? { ...message, externalId: message.externalId ?? result.externalId } : message;
  const climbed = climb(known, result.status, now, result.status === "failed" ? result.failure : null);
  if (climbed) {
    step.messages.set(climbed.id, climbed);
    step.event(climbed.status === "failed" ? "message.failed" : "message.status", { messageId: climbed.id, data: { status: climbed.status } });
    followMessage(step, climbed, now);
    return step.done();
  }
  // Only the channel's id is new, or nothing is: nobody is told, so the version that D1 has stays the newest.
  if (known.externalId !== message.externalId) step.messages.set(known.id, known);
  return { ...step.done(), state: before };
}

/** A file was copied, or will not be: the message says so. */
export function applyFile(before: ConversationState, message: StoredMessage, now: number): Outcome {
  const step = new Step(before, SYSTEM, now);
  step.messages.set(message.id, message);
  step.event("message.updated", { messageId: message.id, data: { reason: "media" } });
  return step.done();
}
