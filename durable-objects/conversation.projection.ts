import type { CountedEvent } from "../src/areas/analytics/count";
import { type Projection, textRowId } from "../src/areas/conversations/projection";
import { uuidV5 } from "../src/kit/id";
import {
  type ConversationState,
  type DomainEvent,
  type EventType,
  type EventInFigures,
  fileKey,
  searchableText,
  type StoredMessage,
} from "./conversation.state";
import { contactNameOf, windowExpiresAt } from "./conversation.wire";
import type { ConversationNote } from "./note.wire";
import type { Survey } from "./survey.state";

/** What D1 is told of a conversation: its row, and what its events and their messages add to search, log and history. Pure. */

export function toProjection(state: ConversationState, windowHours: number, events: readonly DomainEvent[], messages: readonly StoredMessage[]): Projection {
  return {
    orgId: state.orgId,
    tenantDb: state.tenantDb,
    upTo: events.at(-1)!.seq,
    concernsRouting: events.some((event) => givesRoom(event) || (state.waitingSince != null && beginsToWait(event))),
    conversation: toRow(state, windowHours),
    texts: messages.flatMap((message) => {
      const body = searchableText(message);
      return body === ""
        ? []
        : [{ rowid: textRowId(message.id), id: message.id, direction: message.direction, type: message.type, body, created_at: message.createdAt }];
    }),
    media: messages.flatMap((message) =>
      message.media?.state === "stored"
        ? [
            {
              id: message.media.id,
              message_id: message.id,
              r2_key: fileKey(state, message.media),
              mime_type: message.media.mimeType ?? "application/octet-stream",
              file_name: message.media.reference.fileName ?? null,
              file_size: message.media.fileSize,
              sha256: message.media.reference.sha256 ?? null,
              created_at: message.createdAt,
            },
          ]
        : [],
    ),
    activities: events.filter(isDeed).map((event) => ({
      id: uuidV5(state.id, `event:${event.seq}`),
      actor_kind: event.actor.kind,
      actor_id: event.actor.id,
      ...deed(event),
      created_at: event.at,
    })),
    transfers: events
      .filter((event) => event.type === "conversation.transferred")
      .map((event) => ({
        id: uuidV5(state.id, `transfer:${event.seq}`),
        transferred_by: event.actor.id,
        ...(event.data as {
          from_agent_id: string | null;
          to_agent_id: string | null;
          from_division_id: string | null;
          to_division_id: string | null;
          note: string | null;
        }),
        created_at: event.at,
      })),
    counts: countsOf(events, messages),
    surveys: (state.surveys ?? []).filter((survey) => survey.version >= events[0]!.seq).map(toSurveyRow),
  };
}

const toSurveyRow = (survey: Survey): Projection["surveys"][number] => ({
  id: survey.id,
  cycle: survey.cycle,
  status: survey.status,
  message_id: survey.messageId,
  agent_id: survey.agentId ?? "",
  error_message: survey.error,
  rating: survey.rating,
  comment: survey.comment,
  rated_via: survey.ratedVia,
  created_at: survey.createdAt,
  sent_at: survey.sentAt,
  rated_at: survey.ratedAt,
  expires_at: survey.expiresAt,
  survey_version: survey.version,
});

const COUNTED: Record<EventInFigures, CountedEvent["what"]> = {
  "conversation.created": "conversations_new",
  "conversation.reopened": "conversations_reopened",
  "conversation.resolved": "conversations_resolved",
  "conversation.assigned": "conversations_assigned",
  "message.received": "messages_received",
  "message.queued": "messages_sent",
};

/** A message counts on the day that it says of itself, and for who sent it; anything else when it happened, for whose it then was. */
function countsOf(events: readonly DomainEvent[], messages: readonly StoredMessage[]): CountedEvent[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return events.flatMap(({ seq, type, at, messageId, facts }) => {
    // Older events do not carry them.
    if (!facts) return [];
    const what = COUNTED[type as EventInFigures];
    const message = messageId === undefined ? undefined : byId.get(messageId);
    const agent = what === "messages_sent" ? message?.senderAgentId : facts.agentId;
    return [{ seq, what, at: message?.createdAt ?? at, agent: agent ?? "", division: facts.divisionId ?? "", seconds: facts.seconds ?? null }];
  });
}

export function toRow(state: ConversationState, windowHours: number): Projection["conversation"] {
  return {
    id: state.id,
    contact_id: state.contactId,
    account_id: state.accountId,
    channel: state.channel,
    status: state.status,
    assigned_agent_id: state.assignedAgentId ?? "",
    division_id: state.divisionId ?? "",
    waiting_since: state.waitingSince ?? null,
    tags: state.tags,
    unread_count: state.unreadCount,
    contact_name: contactNameOf(state),
    contact_phone: state.address,
    contact_user_id: state.userId,
    last_message: state.lastMessage,
    last_message_at: state.lastMessageAt,
    window_expires_at: windowExpiresAt(state, windowHours),
    cycle: state.cycle,
    message_count: state.messageCount,
    version: state.version,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
    thread_key: state.threadKey,
  };
}

/** Somebody has one less. */
const givesRoom = ({ type, data }: DomainEvent): boolean =>
  type === "conversation.resolved" || type === "conversation.unassigned" || (type === "conversation.assigned" && data?.["from_agent_id"] !== null);

const beginsToWait = ({ type }: DomainEvent): boolean =>
  type === "conversation.created" || type === "conversation.reopened" || type === "conversation.unassigned" || type === "conversation.transferred";

/** What a person did, and not what a customer or the channel did: that is for the activity log. */
const isDeed = (event: DomainEvent): boolean =>
  (event.actor.kind === "agent" || event.actor.kind === "api_key") &&
  (event.type in NOTE_DEEDS || (/^(conversation|csat)\./.test(event.type) && event.type !== "conversation.read"));

const NOTE_DEEDS: Partial<Record<EventType, string>> = { "note.created": "note.create", "note.updated": "note.update", "note.deleted": "note.delete" };

/** How the activity log names it. A note is a thing of its own, a conversation's other events are the conversation's. */
function deed({ type, data = {} }: DomainEvent): Pick<Projection["activities"][number], "action" | "entity_type" | "entity_id" | "changes"> {
  const action = NOTE_DEEDS[type];
  if (action === undefined) return { action: type, changes: data };
  const { note, from } = data as { note: ConversationNote; from?: string };
  const content = { "note.create": [null, note.content], "note.update": [from, note.content], "note.delete": [note.content, null] }[action];
  return { action, entity_type: "note", entity_id: note.id, changes: { conversation_id: note.conversation_id, content } };
}
