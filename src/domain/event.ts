import type { Permission } from "./permissions";
import type { MeasuredCycle } from "./conversation/state";

/**
 * The catalogue of all events, of any entity. A conversation's events are committed in its object, with a sequence
 * number per conversation; events of other entities are committed with the row that changed (kit/commit.ts). effect.ts
 * defines their consequences.
 */

interface EventSpec {
  entity: string;
  /** The action in the activity log, for events that people cause. */
  logged?: string;
  /** Outgoing webhooks and automation rules can subscribe to it. */
  subscribable?: true;
  /**
   * The permission that a socket needs to receive it. Events of a conversation that name none go to all who see the
   * conversation; those of other entities go to nobody.
   */
  heardWith?: Permission;
}

interface ConversationEventSpec extends EventSpec {
  /** Only the agents in `data.agent_ids` receive it. */
  heardByNamed?: true;
  /** Logged also if the customer or the channel caused it. */
  loggedOfAll?: true;
  /** Analytics counts it: the event carries `facts`. */
  counted?: true;
  /**
   * Nothing in D1 shows the event unless it changes the conversation's state: it is not projected alone. An effect that
   * needs each such event must have it projected.
   */
  tick?: true;
}

/** Events of a conversation's object. docs/live.md documents them; a test compares the page with this list. */
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
  "conversation.unread": { entity: "conversation" },
  "conversation.updated": { entity: "conversation", logged: "conversation.updated" },
  "contact.marketing_changed": {
    entity: "contact",
    logged: "contact.marketing_changed",
    loggedOfAll: true,
    subscribable: true,
  },
  "contact.address_suppressed": {
    entity: "contact",
    logged: "contact.address_suppressed",
    loggedOfAll: true,
    subscribable: true,
  },
  "csat.requested": { entity: "conversation", logged: "csat.requested" },
  "csat.submitted": { entity: "conversation", logged: "csat.submitted", subscribable: true },
  "window.expiring": { entity: "conversation", subscribable: true },
  "window.expired": { entity: "conversation", subscribable: true },
  "sla.warning": { entity: "conversation", subscribable: true },
  "sla.breached": { entity: "conversation", subscribable: true },
  "message.received": { entity: "message", subscribable: true, counted: true },
  "message.queued": { entity: "message", subscribable: true, counted: true },
  "message.echoed": { entity: "message", subscribable: true, counted: true },
  "message.status": { entity: "message", subscribable: true, tick: true },
  "message.failed": { entity: "message", subscribable: true },
  "message.updated": { entity: "message" },
  "note.created": { entity: "note", logged: "note.create", heardWith: "notes.view" },
  "note.updated": { entity: "note", logged: "note.update", heardWith: "notes.view" },
  "note.deleted": { entity: "note", logged: "note.delete", heardWith: "notes.view" },
  "note.mentioned": { entity: "note", heardWith: "notes.view", heardByNamed: true },
} as const satisfies Record<string, ConversationEventSpec>;

const OF_CAMPAIGN = { entity: "campaign", heardWith: "campaigns.view" } as const;

/** Events of entities whose rows are in a tenant's database. */
const ENTITY_EVENTS = {
  "agent.created": { entity: "agent", logged: "agent.create", subscribable: true },
  "agent.updated": { entity: "agent", logged: "agent.update", subscribable: true },
  "agent.presence_changed": { entity: "agent", logged: "agent.set_online" },
  "agent.logged_out": { entity: "agent", logged: "auth.logout" },
  "agent.deleted": { entity: "agent", logged: "agent.delete", subscribable: true },
  "api_key.created": { entity: "api_key", logged: "api_key.create" },
  "api_key.revoked": { entity: "api_key", logged: "api_key.revoke" },
  "csat_settings.updated": { entity: "organization", logged: "csat_settings.update" },
  "campaign_settings.updated": { entity: "organization", logged: "campaign_settings.update" },
  "chat_expiration.updated": { entity: "chat_expiration_rule", logged: "chat_expiration.update" },
  "campaign.created": { ...OF_CAMPAIGN, logged: "campaign.create" },
  "campaign.updated": { ...OF_CAMPAIGN, logged: "campaign.update" },
  "campaign.recipients_changed": { ...OF_CAMPAIGN, logged: "campaign.change_recipients" },
  "campaign.scheduled": { ...OF_CAMPAIGN, logged: "campaign.schedule" },
  "campaign.started": { ...OF_CAMPAIGN, logged: "campaign.start", subscribable: true },
  "campaign.paused": { ...OF_CAMPAIGN, logged: "campaign.pause", subscribable: true },
  "campaign.resumed": { ...OF_CAMPAIGN, logged: "campaign.resume", subscribable: true },
  "campaign.completed": { ...OF_CAMPAIGN, logged: "campaign.complete", subscribable: true },
  "campaign.cancelled": { ...OF_CAMPAIGN, logged: "campaign.cancel", subscribable: true },
  "campaign.failed": { ...OF_CAMPAIGN, logged: "campaign.fail", subscribable: true },
  "campaign.deleted": { ...OF_CAMPAIGN, logged: "campaign.delete" },
  "contact.created": { entity: "contact", subscribable: true },
  "contact.updated": { entity: "contact", logged: "contact.update", subscribable: true },
  "contact.erasure_requested": { entity: "contact", logged: "contact.erase" },
  "contact.erased": { entity: "contact", subscribable: true, heardWith: "contacts.view" },
  "contact.merged": { entity: "contact", logged: "contact.merge" },
  "division.created": { entity: "division", logged: "division.create" },
  "division.updated": { entity: "division", logged: "division.update" },
  "division.agents_added": { entity: "division", logged: "division.add_agents" },
  "division.agents_removed": { entity: "division", logged: "division.remove_agents" },
  "division.hours_changed": { entity: "division", logged: "working_hours.update" },
  "division.deleted": { entity: "division", logged: "division.delete" },
  "account.connected": { entity: "integration_account", logged: "integration.create" },
  "account.updated": {
    entity: "integration_account",
    logged: "integration.update",
    heardWith: "integrations.manage",
  },
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
  "webhook.created": { entity: "webhook", logged: "webhook.create" },
  "webhook.updated": { entity: "webhook", logged: "webhook.update" },
  "webhook.disabled": { entity: "webhook", logged: "webhook.disable", heardWith: "developer.access" },
  "webhook.secret_rotated": { entity: "webhook", logged: "webhook.rotate_secret" },
  "webhook.deleted": { entity: "webhook", logged: "webhook.delete" },
  "wa_template.created": { entity: "wa_template", logged: "wa_template.create" },
  "wa_template.updated": { entity: "wa_template", logged: "wa_template.update" },
  "wa_template.status_changed": {
    entity: "wa_template",
    logged: "wa_template.status_changed",
    subscribable: true,
    heardWith: "templates.view",
  },
  "wa_template.quality_changed": {
    entity: "wa_template",
    logged: "wa_template.quality_changed",
    heardWith: "templates.view",
  },
  "wa_template.deleted": { entity: "wa_template", logged: "wa_template.delete" },
  "wa_template.synced": { entity: "integration_account", logged: "wa_template.sync" },
} as const satisfies Record<string, EventSpec>;

export const CATALOGUE: Readonly<Record<EventType | EntityEventType, ConversationEventSpec>> = {
  ...CONVERSATION_EVENTS,
  ...ENTITY_EVENTS,
};

export type EventType = keyof typeof CONVERSATION_EVENTS;
export const EVENT_TYPES = Object.keys(CONVERSATION_EVENTS) as [EventType, ...EventType[]];
export type EntityEventType = keyof typeof ENTITY_EVENTS;
/** Events of other entities that sockets of the inbox receive. */
export type HeardEntityEventType = {
  [T in EntityEventType]: (typeof ENTITY_EVENTS)[T] extends { heardWith: Permission } ? T : never;
}[EntityEventType];
export const isHeard = (type: EntityEventType): type is HeardEntityEventType => CATALOGUE[type].heardWith !== undefined;
export const HEARD_ENTITY_EVENTS = (Object.keys(ENTITY_EVENTS) as EntityEventType[]).filter(isHeard) as [
  HeardEntityEventType,
  ...HeardEntityEventType[],
];
/** The permissions by which sockets differ in what they hear. */
export const HEARING_PERMISSIONS: readonly Permission[] = [
  ...new Set(Object.values(CATALOGUE).flatMap(({ heardWith }) => heardWith ?? [])),
];

type CataloguedSubscribable =
  | { [T in EventType]: (typeof CONVERSATION_EVENTS)[T] extends { subscribable: true } ? T : never }[EventType]
  | { [T in EntityEventType]: (typeof ENTITY_EVENTS)[T] extends { subscribable: true } ? T : never }[EntityEventType];
/** The types that others may subscribe to. `message.sent` is the `message.status` of the channel's acceptance. */
export type SubscribableType = CataloguedSubscribable | "message.sent";
const isSubscribable = (type: EventType | EntityEventType): type is CataloguedSubscribable =>
  CATALOGUE[type].subscribable === true;
export const SUBSCRIBABLE_TYPES: readonly SubscribableType[] = [
  ...(Object.keys(CATALOGUE) as (EventType | EntityEventType)[]).filter(isSubscribable),
  "message.sent",
];

/** The types as which subscribers get an event. */
export function subscribableTypesOf({
  type,
  data,
}: {
  type: EventType | EntityEventType;
  data?: Record<string, unknown> | undefined;
}): readonly SubscribableType[] {
  if (!isSubscribable(type)) return [];
  return type === "message.status" && data?.["status"] === "sent" ? [type, "message.sent"] : [type];
}

/** Events of conversations that analytics counts. */
export type CountedEventType = {
  [T in EventType]: (typeof CONVERSATION_EVENTS)[T] extends { counted: true } ? T : never;
}[EventType];
export const isCounted = (type: EventType): type is CountedEventType => CATALOGUE[type].counted === true;

export interface ActorRef {
  kind: "agent" | "api_key" | "system" | "customer";
  id: string | null;
}

export const SYSTEM: ActorRef = { kind: "system", id: null };

/** An event of a conversation, committed with the state after it. */
export interface DomainEvent {
  /** Sequence number in the conversation, from 1, without gaps. */
  seq: number;
  type: EventType;
  /** Milliseconds since 1970. */
  at: number;
  actor: ActorRef;
  /** The message that the event is about. */
  messageId?: string;
  /** Further data, in the API's terms. */
  data?: Record<string, unknown>;
  /**
   * The cycle after this event, if the event changed it: D1 records every cycle, even one that ended before the
   * projection ran.
   */
  cycle?: MeasuredCycle;
  /** Nothing in D1 shows it: it is not projected for itself. */
  isTick?: true;
  /** Facts for analytics at the time of the event, since the state changes later. Not sent to clients. */
  facts?: EventFacts;
}

export interface EventFacts {
  /** The assignee at the time of the event. */
  agentId: string | null;
  divisionId: string | null;
  /** On the first answer of a cycle and on its resolution: the duration. */
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
