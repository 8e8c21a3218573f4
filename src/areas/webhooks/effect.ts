import type { Channel } from "../../channels/channel";
import { type Committed, effect } from "../../domain/effect";
import { subscribableTypesOf, type SubscribableType } from "../../domain/event";
import type { LiveFrame } from "../../domain/live-frames";
import type { Subscription } from "../../domain/services";
import { deliveryIdOf, payloadOf } from "../../domain/webhook";
import { uuidV5 } from "../../kit/id";
import { arraysOf, fieldOf, ROWS } from "../../kit/rows";
import { wakeEndpoint } from "../../objects";
import { settingsBy, settingsOf } from "../access/settings-of";

/** An event as subscribers get it. */
interface EventRow {
  event_id: string;
  type: SubscribableType;
  at: number;
  /** Counts within the entity. */
  order: number;
  entity_id: string;
  /** 0: somebody waits for it; 1: it is about a message that was sent in bulk, and lets others overtake. */
  lane: 0 | 1;
  /** Null for an event that is about no conversation, which passes every filter. */
  channel: Channel | null;
  division_id: string | null;
  body: string;
  /** The event counts only if this contact is new to the database. */
  new_contact: string | null;
}

const isFor = ({ events, channels, divisionIds }: Subscription, row: EventRow): boolean =>
  events.includes(row.type) &&
  (row.channel === null ||
    ((channels.length === 0 || channels.includes(row.channel)) &&
      (divisionIds.length === 0 || (row.division_id !== null && divisionIds.includes(row.division_id)))));

// Each row has the deliveries that it leads to, so that its body is bound once.
const DELIVERIES = `INSERT OR IGNORE INTO webhook_deliveries (org_id, webhook_id, id, event_type, entity_id, body, lane, next_at)
  SELECT ?1, w.id, t.value ->> 'id', ${fieldOf("type")}, ${fieldOf("entity_id")}, ${fieldOf("body")}, ${fieldOf("lane")}, ${fieldOf("at")}
  FROM ${ROWS} CROSS JOIN json_each(r.value, '$.deliveries') t CROSS JOIN webhooks w ON w.id = t.value ->> 'webhook_id'
  WHERE w.org_id = ?1 AND w.is_active = 1
    AND (${fieldOf("new_contact")} IS NULL OR NOT EXISTS (SELECT 1 FROM contacts c WHERE c.org_id = ?1 AND c.id = ${fieldOf("new_contact")}))`;

/**
 * Deliveries of events to the webhooks that subscribe to them. Must run before the effect that writes contacts: only
 * the batch knows which contacts are new.
 */
export const deliveries = effect<EventRow>({
  name: "webhook_deliveries",
  fromConversation: (committed) => (committed.subscribed ? rowsOf(committed, committed.subscribed) : []),
  fromEntity: ({ id, type, entityId, at, actor, data }) =>
    // A contact that writes, or is written to, is told of by its first conversation.
    type === "contact.created" && actor.kind === "customer"
      ? undefined
      : subscribableTypesOf({ type }).map((shown) => ({
          event_id: id,
          type: shown,
          at,
          order: 0,
          entity_id: entityId,
          lane: 0,
          channel: null,
          division_id: null,
          body: payloadOf(shown, at, { entity_id: entityId, changes: changesOf(shown, data) }, () => ({
            entity_id: entityId,
            is_thin: true,
          })),
          new_contact: null,
        })),
  statements: async (db, rows) => {
    const { subscriptions } = await settingsBy(db);
    const once = new Map(rows.map((row) => [row.event_id, row]));
    const texts = [...once.values()].flatMap((row) => {
      const to = subscriptions.filter((subscription) => isFor(subscription, row));
      if (to.length === 0) return [];
      const { event_id: eventId, at, order } = row;
      const made = to.map(({ webhookId }) => ({
        webhook_id: webhookId,
        id: deliveryIdOf(webhookId, eventId, at, order),
      }));
      return [JSON.stringify({ ...row, deliveries: made })];
    });
    return arraysOf(texts).map((array) => db.sql(DELIVERIES, array));
  },
  wake: async ({ env, org }, rows) => {
    const { subscriptions } = await settingsOf(env, org);
    const woken = subscriptions.filter((subscription) => rows.some((row) => isFor(subscription, row)));
    await Promise.all(woken.map(({ webhookId }) => wakeEndpoint({ env, org }, webhookId)));
  },
});

function rowsOf(
  { state, events, messages }: Committed,
  { types, frames, publicUrl }: NonNullable<Committed["subscribed"]>,
): EventRow[] {
  const about = { entity_id: state.id, channel: state.channel, division_id: state.divisionId };
  const inBulk = new Set(messages.filter(({ campaign }) => campaign).map(({ id }) => id));
  // A conversation that a campaign began, as long as nobody answers.
  const isUnanswered = state.campaigns.length > 0 && state.lastInboundAt === null;
  const laneOf = (messageId?: string): EventRow["lane"] =>
    (messageId === undefined ? isUnanswered : inBulk.has(messageId)) ? 1 : 0;
  const rows = frames.flatMap((frame) =>
    subscribableTypesOf(frame)
      .filter((type) => types.has(type))
      .map((type): EventRow => {
        const at = Date.parse(frame.at);
        return {
          event_id: uuidV5(state.id, `${type}:${frame.seq}`),
          type,
          at,
          order: frame.seq,
          lane: laneOf(frame.message?._id),
          ...about,
          body: payloadOf(type, at, contentOf(frame), () => thinOf(frame, publicUrl)),
          new_contact: null,
        };
      }),
  );
  // Not only of a conversation that begins: history from before the account was connected has contacts too.
  const first = types.has("contact.created") ? events.find(({ seq }) => seq === 1) : undefined;
  return first ? [newContact(state, first.at, { ...about, lane: laneOf() }), ...rows] : rows;
}

/** The event of a new contact has its fields; webhooks show each with null before it. */
const changesOf = (type: SubscribableType, data: Record<string, unknown>): Record<string, unknown> =>
  type === "contact.created"
    ? Object.fromEntries(
        Object.entries(data)
          .filter(([, value]) => value != null)
          .map(([field, value]) => [field, [null, value]]),
      )
    : data;

function newContact(
  state: Committed["state"],
  at: number,
  about: Pick<EventRow, "lane" | "channel" | "division_id">,
): EventRow {
  const { contactId, channel, profileName, username, address, userId } = state;
  const fields = { channel_source: channel, name: profileName ?? username, phone_number: address, user_id: userId };
  const data = { entity_id: contactId, changes: changesOf("contact.created", fields) };
  return {
    event_id: uuidV5(contactId, "contact.created"),
    type: "contact.created",
    at,
    order: 0,
    ...about,
    entity_id: contactId,
    body: payloadOf("contact.created", at, data, () => data),
    new_contact: contactId,
  };
}

/** `details`: what the frame calls `data`. */
const contentOf = ({ seq, conversation_id, conversation, message, data }: LiveFrame): object => ({
  seq,
  conversation_id,
  conversation,
  ...(message && { message }),
  ...(data && { details: data }),
});

const thinOf = ({ seq, conversation_id, message }: LiveFrame, publicUrl: string): object => ({
  seq,
  conversation_id,
  ...(message && { message_id: message._id }),
  url: `${publicUrl}/api/conversations/${conversation_id}${message ? "/messages" : ""}`,
  is_thin: true,
});
