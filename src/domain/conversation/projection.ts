import type { CountedEvent } from "../../areas/analytics/count";
import type { Projection } from "../../areas/conversations/projection";
import { breachId } from "../breach-id";
import { uuidV5 } from "../../kit/id";
import type { ConversationState } from "./state";
import type { DomainEvent, EventType, EventInFigures } from "../event";
import { fileKey, searchableText, type StoredMessage } from "../message/state";
import { contactNameOf } from "./wire";
import type { ConversationNote } from "../note/wire";
import { surveyRow } from "../survey";
import { slaStatusOf } from "../sla";

/** What D1 is told of a conversation: its row, and what its events and their messages add to search, log and history. Pure. */

export function toProjection(
  state: ConversationState,
  events: readonly DomainEvent[],
  messages: readonly StoredMessage[],
): Projection {
  return {
    orgId: state.orgId,
    tenantDb: state.tenantDb,
    upTo: events.at(-1)!.seq,
    concernsRouting: events.some((event) => givesRoom(event) || (state.waitingSince != null && beginsToWait(event))),
    conversation: toRow(state),
    texts: messages.flatMap((message) => {
      const body = searchableText(message);
      // What was taken back is not found any more.
      return body === "" && message.revokedAt === null
        ? []
        : [{ id: message.id, direction: message.direction, type: message.type, body, created_at: message.createdAt }];
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
    surveys: (state.surveys ?? [])
      .filter((survey) => survey.version >= events[0]!.seq)
      .map((survey) => ({ ...surveyRow(survey), survey_version: survey.version })),
    cycles: cyclesOf(state, events),
    breaches: events
      .filter((event) => event.type === "sla.breached")
      .map((event) => {
        const { cycle, policy_id, breach_type, threshold_secs, due_at } = event.data as unknown as Breached;
        return {
          id: breachId(state.id, cycle, breach_type),
          cycle,
          sla_policy_id: policy_id,
          breach_type,
          threshold_secs,
          breached_at: Date.parse(due_at),
        };
      }),
  };
}

interface Breached {
  cycle: number;
  policy_id: string;
  breach_type: string;
  threshold_secs: number;
  due_at: string;
}

/** Each cycle that these events changed, as the last of them left it. */
function cyclesOf(state: ConversationState, events: readonly DomainEvent[]): Projection["cycles"] {
  const last = new Map<number, Projection["cycles"][number]>();
  for (const { seq, cycle: facts } of events) {
    if (!facts) continue;
    last.set(facts.cycle, {
      cycle: facts.cycle,
      seq,
      channel: state.channel,
      division_id: facts.divisionId ?? "",
      opened_at: facts.openedAt,
      first_inbound_at: facts.firstInboundAt,
      first_response_at: facts.firstResponseAt,
      resolved_at: facts.resolvedAt,
    });
  }
  return [...last.values()];
}

const COUNTED: Record<EventInFigures, CountedEvent["what"]> = {
  "conversation.created": "conversations_new",
  "conversation.reopened": "conversations_reopened",
  "conversation.resolved": "conversations_resolved",
  "conversation.assigned": "conversations_assigned",
  "message.received": "messages_received",
  "message.queued": "messages_sent",
};

/** A message counts on its own day and for its sender; anything else when it happened, for the agent who had the conversation then. */
function countsOf(events: readonly DomainEvent[], messages: readonly StoredMessage[]): CountedEvent[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return events.flatMap(({ seq, type, at, messageId, facts }) => {
    // Events of before analytics carry no facts.
    if (!facts) return [];
    const what = COUNTED[type as EventInFigures];
    const message = messageId === undefined ? undefined : byId.get(messageId);
    const agent = what === "messages_sent" ? message?.senderAgentId : facts.agentId;
    return [
      {
        seq,
        what,
        at: message?.createdAt ?? at,
        agent: agent ?? "",
        division: facts.divisionId ?? "",
        seconds: facts.seconds ?? null,
      },
    ];
  });
}

export function toRow(state: ConversationState): Projection["conversation"] {
  return {
    id: state.id,
    contact_id: state.contactId,
    account_id: state.accountId,
    channel: state.channel,
    status: state.status,
    assigned_agent_id: state.assignedAgentId ?? "",
    division_id: state.divisionId ?? "",
    waiting_since: state.waitingSince ?? null,
    given_up_by: state.waitingSince == null ? null : (state.givenUpBy ?? null),
    tags: state.tags,
    unread_count: state.unreadCount,
    contact_name: contactNameOf(state),
    contact_phone: state.address,
    contact_user_id: state.userId,
    contact_username: state.username ?? null,
    last_message: state.lastMessage,
    last_message_at: state.lastMessageAt,
    last_inbound_at: state.lastInboundAt,
    window_status: state.windowStatus,
    sla_status: slaStatusOf(state.sla),
    cycle: state.cycle,
    message_count: state.messageCount,
    version: state.version,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
    thread_key: state.threadKey,
  };
}

/** An agent has one conversation less, and so room for another. */
const givesRoom = ({ type, data }: DomainEvent): boolean =>
  type === "conversation.resolved" ||
  type === "conversation.unassigned" ||
  (type === "conversation.assigned" && data?.["from_agent_id"] !== null);

const beginsToWait = ({ type }: DomainEvent): boolean =>
  type === "conversation.created" ||
  type === "conversation.reopened" ||
  type === "conversation.unassigned" ||
  type === "conversation.transferred";

/** What a person did, and not what a customer or the channel did: that is for the activity log. */
const isDeed = (event: DomainEvent): boolean =>
  (event.actor.kind === "agent" || event.actor.kind === "api_key") &&
  (event.type in NOTE_DEEDS || (/^(conversation|csat)\./.test(event.type) && event.type !== "conversation.read"));

const NOTE_DEEDS: Partial<Record<EventType, string>> = {
  "note.created": "note.create",
  "note.updated": "note.update",
  "note.deleted": "note.delete",
};

/** How the activity log names it. A note is a thing of its own, a conversation's other events are the conversation's. */
function deed({
  type,
  data = {},
}: DomainEvent): Pick<Projection["activities"][number], "action" | "entity_type" | "entity_id" | "changes"> {
  const action = NOTE_DEEDS[type];
  if (action === undefined) return { action: type, changes: data };
  const { note, from } = data as { note: ConversationNote; from?: string };
  const { content, conversation_id: id } = note;
  const changes = {
    "note.create": { conversation_id: [null, id], content: [null, content] },
    "note.update": { conversation_id: [id, id], content: [from, content] },
    "note.delete": { conversation_id: [id, null], content: [content, null] },
  }[action];
  return { action, entity_type: "note", entity_id: note.id, changes };
}
