import { conversationOf } from "../../objects";
import type { Ctx } from "../../domain/context";
import { type ActorRef, SYSTEM } from "../../domain/event";
import { type ConversationRow, toRow, UPSERT_CONVERSATIONS } from "../../domain/conversation/columns";
import { effect } from "../../domain/effect";
import type { TenantDatabase } from "../../kit/database";
import { insertRows } from "../../kit/rows";

/** The conversation's row in D1, from which lists and searches are read. */
export const conversations = effect<ConversationRow>({
  name: "conversations",
  fromConversation: ({ state, events }) => [toRow(state, events.at(-1)!.seq)],
  statements: (db, rows) => upsertConversations(db, rows),
});

export function upsertConversations(db: TenantDatabase, rows: readonly ConversationRow[]): D1PreparedStatement[] {
  const json = JSON.stringify(rows);
  return UPSERT_CONVERSATIONS.map((sql) => db.sql(sql, json));
}

interface DeletedDivision {
  id: string;
  deleted_at: number;
}

/** Records deleted divisions, so that a sweep removes their unresolved conversations from them. */
export const deletedDivisions = effect<DeletedDivision>({
  name: "deleted_divisions",
  fromEntity: ({ type, entityId, at }) =>
    type === "division.deleted" ? [{ id: entityId, deleted_at: at }] : undefined,
  statements: (db, rows) => [
    db.sql(insertRows("deleted_divisions", ["id", "deleted_at"], { or: "OR IGNORE" }), JSON.stringify(rows)),
  ],
});

/** A new conversation, with the contact's given name as its object knows it. */
interface NewConversation {
  conversation_id: string;
  contact_id: string;
  given_name: string | null;
}

/**
 * Sends a name that an agent gives to a contact, or removes, to the contact's conversations, which show it in lists and
 * live. A conversation that was not in D1 at that moment receives it once its row is written.
 */
export const renamedContacts = effect<NewConversation>({
  name: "renamed_contacts",
  fromConversation: ({ state, events }) =>
    events.some(({ seq }) => seq === 1)
      ? [{ conversation_id: state.id, contact_id: state.contactId, given_name: state.givenName }]
      : [],
  after: async (ctx, newConversations) => {
    const contacts = await ctx.db.query<{ id: string; name: string | null }>(
      `SELECT k.id, ${GIVEN_NAME} AS name FROM contacts k WHERE +k.org_id = ?1 AND k.id IN (SELECT value FROM json_each(?2))`,
      JSON.stringify(newConversations.map((row) => row.contact_id)),
    );
    const names = new Map(contacts.map(({ id, name }) => [id, name]));
    const outdated = newConversations.filter((row) => (names.get(row.contact_id) ?? null) !== row.given_name);
    await renameContactIn(
      ctx,
      outdated.map((row) => ({ id: row.conversation_id, name: names.get(row.contact_id) ?? null })),
      SYSTEM,
    );
  },
  deliver: ({ type, entityId, data, actor }) => {
    const { name, name_source: source } = data as Partial<Record<string, [unknown, unknown]>>;
    if (type !== "contact.merged" && (type !== "contact.updated" || (!name && !source))) return undefined;
    return async (ctx) => renameContactIn(ctx, await conversationsOf(ctx, entityId), actor);
  },
});

const GIVEN_NAME = "iif(k.name_source = 'agent', k.name, NULL)";

/**
 * The conversations of the contact and of those merged into it, which have its name, at most one per account, with its
 * current name: two events that are delivered at the same time both send the latest name.
 */
const conversationsOf = (ctx: Ctx, contactId: string): Promise<{ id: string; name: string | null }[]> =>
  ctx.db.query(
    `SELECT c.id, ${GIVEN_NAME} AS name FROM contacts k
     CROSS JOIN conversations c INDEXED BY idx_conversations_contact ON c.org_id = k.org_id AND c.contact_id = k.id
     WHERE k.org_id = ?1 AND k.id IN (SELECT ?2 UNION ALL SELECT id FROM contacts WHERE org_id = ?1 AND merged_into = ?2) LIMIT 100`,
    contactId,
  );

async function renameContactIn(
  ctx: Ctx,
  targets: readonly { id: string; name: string | null }[],
  actor: ActorRef,
): Promise<void> {
  const caller = { actor, sees: { all: true, agentId: null, divisionIds: [] } };
  await Promise.all(
    targets.map(({ id, name }) => conversationOf(ctx, id).command({ kind: "rename_contact", name }, caller)),
  );
}
