import { conversationOf } from "../../objects";
import type { Ctx } from "../../domain/context";
import { type ActorRef, SYSTEM } from "../../domain/event";
import { type ConversationRow, toRow, UPSERT_CONVERSATIONS } from "../../domain/conversation/columns";
import { effect } from "../../domain/effect";
import type { TenantDatabase } from "../../kit/database";
import { insertRows } from "../../kit/rows";

/** The conversation's row in the index. */
export const conversations = effect<ConversationRow>({
  name: "conversations",
  fromConversation: ({ state }) => [toRow(state)],
  statements: (db, rows) => [upsertConversations(db, rows)],
});

export const upsertConversations = (db: TenantDatabase, rows: readonly ConversationRow[]): D1PreparedStatement =>
  db.sql(UPSERT_CONVERSATIONS, JSON.stringify(rows));

interface DeletedDivision {
  id: string;
  deleted_at: number;
}

/** A division is deleted: a sweep takes its unresolved conversations out of it. */
export const deletedDivisions = effect<DeletedDivision>({
  name: "deleted_divisions",
  fromEntity: ({ type, entityId, at }) =>
    type === "division.deleted" ? [{ id: entityId, deleted_at: at }] : undefined,
  statements: (db, rows) => [
    db.sql(insertRows("deleted_divisions", ["id", "deleted_at"], { or: "OR IGNORE" }), JSON.stringify(rows)),
  ],
});

/** A conversation that has begun, with the name that an agent had given its contact by then. */
interface Begun {
  conversation_id: string;
  contact_id: string;
  given_name: string | null;
}

/**
 * A name that an agent gives a contact, or takes back, is sent to the contact's conversations, which show it in lists and live. A
 * conversation that D1 did not know at that moment gets it once its row is there.
 */
export const renamedContacts = effect<Begun>({
  name: "renamed_contacts",
  fromConversation: ({ state, events }) =>
    events.some(({ type }) => type === "conversation.created")
      ? [{ conversation_id: state.id, contact_id: state.contactId, given_name: state.givenName }]
      : [],
  after: async (ctx, begun) => {
    const contacts = await ctx.db.query<{ id: string; name: string | null }>(
      `SELECT k.id, ${GIVEN_NAME} AS name FROM contacts k WHERE k.org_id = ?1 AND k.id IN (SELECT value FROM json_each(?2))`,
      JSON.stringify(begun.map((row) => row.contact_id)),
    );
    const names = new Map(contacts.map(({ id, name }) => [id, name]));
    const outdated = begun.filter((row) => (names.get(row.contact_id) ?? null) !== row.given_name);
    await rename(
      ctx,
      outdated.map((row) => ({ id: row.conversation_id, name: names.get(row.contact_id) ?? null })),
      SYSTEM,
    );
  },
  deliver: ({ type, entityId, data, actor }) => {
    const { name, name_source: source } = data as Partial<Record<string, [unknown, unknown]>>;
    if (type !== "contact.updated" || (!name && !source)) return undefined;
    return async (ctx) => rename(ctx, await conversationsOf(ctx, entityId), actor);
  },
});

const GIVEN_NAME = "iif(k.name_source = 'agent', k.name, NULL)";

/** With the contact's present name: of two events that are delivered at the same time, either sends the newest. One per account at most. */
const conversationsOf = (ctx: Ctx, contactId: string): Promise<{ id: string; name: string | null }[]> =>
  ctx.db.query(
    `SELECT c.id, ${GIVEN_NAME} AS name FROM contacts k
     CROSS JOIN conversations c INDEXED BY idx_conversations_contact ON c.org_id = k.org_id AND c.contact_id = k.id
     WHERE k.org_id = ?1 AND k.id = ?2 LIMIT 100`,
    contactId,
  );

async function rename(ctx: Ctx, named: readonly { id: string; name: string | null }[], actor: ActorRef): Promise<void> {
  const caller = { actor, sees: { all: true, agentId: null, divisionIds: [] } };
  await Promise.all(
    named.map(({ id, name }) => conversationOf(ctx, id).command({ kind: "rename_contact", name }, caller)),
  );
}
