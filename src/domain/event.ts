import type { Permission } from "./permissions";
import type { MeasuredCycle } from "./conversation/state";

/**
 * The catalogue of everything that can happen, to any entity. A conversation's events are committed in its object, with a number of the
 * conversation's own; events of other entities are committed with the row that changed (kit/commit.ts). What an event leads to is an
 * effect (effect.ts).
 */

interface EventSpec {
  entity: string;
  /** The action in the activity log, where people's doings of this kind are logged. */
  logged?: string;
  /** Outgoing webhooks and automation rules may subscribe to it. */
  subscribable?: true;
}

interface ConversationEventSpec extends EventSpec {
  /** The right that a socket needs, beside seeing the conversation, to hear of it; default: none. */
  heardWith?: Permission;
  /** Only the agents in `data.agent_ids` hear of it. */
  heardByNamed?: true;
  /** Analytics counts it: the event carries `facts`. */
  counted?: true;
}

/** Events of a conversation's object. docs/live.md explains each; a test holds the page and this list together. */
const CONVERSATION_EVENTS = {
  "conversation.created": { entity: "conversation", logged: "conversation.created", subscribable: true, counted: true },
  "conversation.assigned": {
    entity: "conversation",
    logged: "conversation.assigned",
    subscribable: true,
    counted: true,
  },
  "conversation.unassigned": { entity: "conversation", logged: "conversation.unassigned", subscribable: true },
  "conversation.status_changed": { entity: "conversation", logged: "conversation.status_changed", subscribable: true },
  "conversation.resolved": {
    entity: "conversation",
    logged: "conversation.resolved",
    subscribable: true,
    counted: true,
  },
  "conversation.reopened": {
    entity: "conversation",
    logged: "conversation.reopened",
    subscribable: true,
    counted: true,
  },
  "conversation.transferred": { entity: "conversation", logged: "conversation.transferred", subscribable: true },
  "conversation.tags_changed": { entity: "conversation", logged: "conversation.tags_changed", subscribable: true },
  "conversation.read": { entity: "conversation" },
  "conversation.updated": { entity: "conversation", logged: "conversation.updated" },
  "csat.requested": { entity: "conversation", logged: "csat.requested" },
  "csat.submitted": { entity: "conversation", logged: "csat.submitted", subscribable: true },
  "window.expiring": { entity: "conversation", subscribable: true },
  "window.expired": { entity: "conversation", subscribable: true },
  "sla.warning": { entity: "conversation", subscribable: true },
  "sla.breached": { entity: "conversation", subscribable: true },
  "message.received": { entity: "message", subscribable: true, counted: true },
  "message.queued": { entity: "message", subscribable: true, counted: true },
  "message.status": { entity: "message", subscribable: true },
  "message.failed": { entity: "message", subscribable: true },
  "message.updated": { entity: "message" },
  "note.created": { entity: "note", logged: "note.create", heardWith: "notes.view" },
  "note.updated": { entity: "note", logged: "note.update", heardWith: "notes.view" },
  "note.deleted": { entity: "note", logged: "note.delete", heardWith: "notes.view" },
  "note.mentioned": { entity: "note", heardWith: "notes.view", heardByNamed: true },
} as const satisfies Record<string, ConversationEventSpec>;

/** Events of the entities whose rows are in a tenant's database. */
const ENTITY_EVENTS = {
  "agent.created": { entity: "agent", logged: "agent.create", subscribable: true },
  "agent.updated": { entity: "agent", logged: "agent.update", subscribable: true },
  "agent.presence_changed": { entity: "agent", logged: "agent.set_online" },
  "agent.logged_out": { entity: "agent", logged: "auth.logout" },
  "agent.deleted": { entity: "agent", logged: "agent.delete", subscribable: true },
  "api_key.created": { entity: "api_key", logged: "api_key.create" },
  "api_key.revoked": { entity: "api_key", logged: "api_key.revoke" },
  "chat_expiration.updated": { entity: "chat_expiration_rule", logged: "chat_expiration.update" },
  "contact.created": { entity: "contact", subscribable: true },
  "contact.updated": { entity: "contact", logged: "contact.update", subscribable: true },
  "division.created": { entity: "division", logged: "division.create" },
  "division.updated": { entity: "division", logged: "division.update" },
  "division.agents_added": { entity: "division", logged: "division.add_agents" },
  "division.agents_removed": { entity: "division", logged: "division.remove_agents" },
  "division.hours_changed": { entity: "division", logged: "working_hours.update" },
  "division.deleted": { entity: "division", logged: "division.delete" },
  "account.connected": { entity: "integration_account", logged: "integration.create" },
  "account.updated": { entity: "integration_account", logged: "integration.update" },
  "account.made_default": { entity: "integration_account", logged: "integration.set_default" },
  "account.removed": { entity: "integration_account", logged: "integration.delete" },
  "media.uploaded": { entity: "media", logged: "media.uploaded" },
  "organization.hours_changed": { entity: "organization", logged: "working_hours.update" },
  "organization.updated": { entity: "organization", logged: "organization.update" },
  "quick_reply.created": { entity: "quick_reply", logged: "quick_reply.create" },
  "quick_reply.updated": { entity: "quick_reply", logged: "quick_reply.update" },
  "quick_reply.deleted": { entity: "quick_reply", logged: "quick_reply.delete" },
  "role.created": { entity: "role", logged: "role.create" },
  "role.updated": { entity: "role", logged: "role.update" },
  "role.deleted": { entity: "role", logged: "role.delete" },
  "scheduled_message.created": { entity: "scheduled_message", logged: "scheduled_message.create" },
  "scheduled_message.cancelled": { entity: "scheduled_message", logged: "scheduled_message.cancel" },
  "sla_policy.created": { entity: "sla_policy", logged: "sla_policy.create" },
  "sla_policy.updated": { entity: "sla_policy", logged: "sla_policy.update" },
  "sla_policy.deleted": { entity: "sla_policy", logged: "sla_policy.delete" },
} as const satisfies Record<string, EventSpec>;

export const CATALOGUE: Readonly<Record<EventType | EntityEventType, ConversationEventSpec>> = {
  ...CONVERSATION_EVENTS,
  ...ENTITY_EVENTS,
};

export type EventType = keyof typeof CONVERSATION_EVENTS;
export const EVENT_TYPES = Object.keys(CONVERSATION_EVENTS) as [EventType, ...EventType[]];
export type EntityEventType = keyof typeof ENTITY_EVENTS;

/** The conversation's events that analytics counts. */
export type CountedEventType = {
  [T in EventType]: (typeof CONVERSATION_EVENTS)[T] extends { counted: true } ? T : never;
}[EventType];
export const isCounted = (type: EventType): type is CountedEventType => CATALOGUE[type].counted === true;

export interface ActorRef {
  kind: "agent" | "api_key" | "system" | "customer";
  id: string | null;
}

export const SYSTEM: ActorRef = { kind: "system", id: null };

/** An event of a conversation, committed with the state that it led to. */
export interface DomainEvent {
  /** Counts per conversation, from 1, without gaps. */
  seq: number;
  type: EventType;
  /** Milliseconds since 1970. */
  at: number;
  actor: ActorRef;
  /** The message it is about. */
  messageId?: string;
  /** Further data, in the wire's words. */
  data?: Record<string, unknown>;
  /** The cycle as it was then, where this event changed it: D1 learns of every cycle, also of one that ended before it heard. */
  cycle?: MeasuredCycle;
  /** What analytics needs to know of that moment, since the state moves on. Not told to clients. */
  facts?: EventFacts;
}

export interface EventFacts {
  /** The agent who had the conversation. */
  agentId: string | null;
  divisionId: string | null;
  /** On the first answer of a cycle, and on its resolution: how long it took. */
  seconds?: number;
}

/** An event of another entity, committed with its row. */
export interface EntityEvent {
  /** UUIDv7; effects are idempotent by it. */
  id: string;
  type: EntityEventType;
  entityId: string;
  /** Milliseconds since 1970. */
  at: number;
  actor: ActorRef;
  /** For changes: each field with [before, after]. */
  data: Record<string, unknown>;
}

/** An event for `commit`, which adds its id, time and actor. `data`: for a change, each field with [before, after]. */
export const happened = (
  type: EntityEventType,
  entityId: string,
  data: Record<string, unknown> = {},
): Pick<EntityEvent, "type" | "entityId" | "data"> => ({ type, entityId, data });
