import type { MeasuredCycle } from "./conversation/state";

/** What can happen to a conversation, and who did it. */

export interface ActorRef {
  kind: "agent" | "api_key" | "system" | "customer";
  id: string | null;
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
export const isInFigures = (type: EventType): type is EventInFigures =>
  (IN_FIGURES as readonly EventType[]).includes(type);
export const SYSTEM: ActorRef = { kind: "system", id: null };
