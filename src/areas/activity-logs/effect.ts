import type { ConversationState } from "../../domain/conversation/state";
import { effect } from "../../domain/effect";
import { CATALOGUE, type DomainEvent, type EntityEvent } from "../../domain/event";
import type { ConversationNote } from "../../domain/note/wire";
import { uuidV5 } from "../../kit/id";
import { insertRows, jsonOf } from "../../kit/rows";

/** An entry of the activity log. */
interface ActivityRow {
  id: string;
  actor_kind: string;
  actor_id: string | null;
  action: string;
  entity_type: string;
  entity_id: string;
  changes: Record<string, unknown>;
  created_at: number;
}

const ACTIVITIES = insertRows(
  "activity_logs",
  ["id", "actor_kind", "actor_id", "action", "entity_type", "entity_id", ["changes", jsonOf("changes")], "created_at"],
  { or: "OR IGNORE" },
);

/**
 * The events that the catalogue marks as logged. Most of conversations' are logged only if an agent or an API key caused
 * them, not a customer, the channel or the system.
 */
export const activities = effect<ActivityRow>({
  name: "activities",
  fromConversation: ({ state, events }) =>
    events.flatMap((event) => {
      const { logged, loggedOfAll } = CATALOGUE[event.type];
      const isByPerson = event.actor.kind === "agent" || event.actor.kind === "api_key";
      if (logged === undefined || !(isByPerson || loggedOfAll)) return [];
      const { actor, at, seq } = event;
      return [
        {
          id: uuidV5(state.id, `event:${seq}`),
          actor_kind: actor.kind,
          actor_id: actor.id,
          action: logged,
          ...entityOf(event, state),
          created_at: at,
        },
      ];
    }),
  fromEntity: (event) => {
    const row = entityActivity(event);
    return row && [row];
  },
  statements: (db, rows) => [db.sql(ACTIVITIES, JSON.stringify(rows))],
});

/** The log entry of an entity's event; undefined if the catalogue does not mark the event as logged. */
function entityActivity({ id, type, actor, entityId, data, at }: EntityEvent): ActivityRow | undefined {
  const { logged, entity } = CATALOGUE[type];
  if (logged === undefined) return undefined;
  return {
    id,
    actor_kind: actor.kind,
    actor_id: actor.id,
    action: logged,
    entity_type: entity,
    entity_id: entityId,
    changes: data,
    created_at: at,
  };
}

function entityOf(
  event: DomainEvent,
  { id, contactId }: ConversationState,
): Pick<ActivityRow, "entity_type" | "entity_id" | "changes"> {
  const { entity } = CATALOGUE[event.type];
  if (entity === "note") return noteActivity(event);
  return entity === "contact"
    ? { entity_type: entity, entity_id: contactId, changes: event.data ?? {} }
    : { entity_type: "conversation", entity_id: id, changes: event.data ?? {} };
}

/** Notes are entities of their own in the log, although their conversation stores them. */
function noteActivity({ type, data = {} }: DomainEvent): Pick<ActivityRow, "entity_type" | "entity_id" | "changes"> {
  const { note, from } = data as { note: ConversationNote; from?: string };
  const { content, conversation_id: id } = note;
  const [idBefore, idAfter] = [type === "note.created" ? null : id, type === "note.deleted" ? null : id];
  const [contentBefore, contentAfter] =
    type === "note.created" ? [null, content] : type === "note.deleted" ? [content, null] : [from, content];
  return {
    entity_type: "note",
    entity_id: note.id,
    changes: { conversation_id: [idBefore, idAfter], content: [contentBefore, contentAfter] },
  };
}
