import { conversationOf } from "../../objects";
import type { Ctx } from "../../domain/context";
import type { ActorRef } from "../../domain/event";
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

/** An agent has named a contact: its conversations show the name, in lists and live. A contact has one for each account it writes to. */
export const renamedContacts = effect({
  name: "renamed_contacts",
  deliver: ({ type, entityId, data, actor }) => {
    const { name, name_source: source } = data as Partial<Record<string, [unknown, unknown]>>;
    if (type !== "contact.updated" || (!name && !source)) return undefined;
    return (ctx) => renameInConversations(ctx, entityId, actor);
  },
});

/** By what the contact is called now: of two events that are delivered at the same time, either gives the newest name. */
async function renameInConversations(ctx: Ctx, contactId: string, actor: ActorRef): Promise<void> {
  const rows = await ctx.db.query<{ id: string; name: string | null }>(
    `SELECT c.id, iif(k.name_source = 'agent', k.name, NULL) AS name FROM contacts k
     CROSS JOIN conversations c INDEXED BY idx_conversations_contact ON c.org_id = k.org_id AND c.contact_id = k.id
     WHERE k.org_id = ?1 AND k.id = ?2 LIMIT 100`,
    contactId,
  );
  const caller = { actor, sees: { all: true, agentId: null, divisionIds: [] } };
  await Promise.all(
    rows.map(({ id, name }) => conversationOf(ctx, id).command({ kind: "rename_contact", name }, caller)),
  );
}
