import type { Ctx } from "../../domain/context";
import { contactIdOf } from "../../domain/ids";

/** Rows of tenant data that say something of a person. A table that gets such rows is added here (docs/adr/0025). */

export interface ErasedConversation {
  id: string;
  /** The version of its last state. */
  version: number;
  noteIds: readonly string[];
}

interface Erased {
  contactIds: readonly string[];
  conversations: readonly ErasedConversation[];
  /** Newer rows stay: they belong to a person who has come back. */
  at: number;
}

const FULL_TEXTS = ["texts_fts", "contact_search", "conversation_search"];
const IN = "IN (SELECT value FROM json_each(?2))";

/** Deletes the rows in one transaction. Log entries lose only their contents, so that who did something stays known. */
export async function eraseRows(ctx: Ctx, { contactIds, conversations, at }: Erased): Promise<void> {
  const ids = JSON.stringify(conversations.map(({ id }) => id));
  const contacts = JSON.stringify(contactIds);
  const both = JSON.stringify([...contactIds, ...conversations.map(({ id }) => id)]);
  const { db } = ctx;
  const scheduled = await db.query<{ id: string }>(
    `SELECT id FROM scheduled_messages WHERE org_id = ?1 AND conversation_id ${IN} AND created_at <= ?3`,
    ids,
    at,
  );
  const logged = [
    ...contactIds.map((id) => ["contact", id]),
    ...conversations.flatMap(({ id, noteIds }) => [["conversation", id], ...noteIds.map((note) => ["note", note])]),
    ...scheduled.map(({ id }) => ["scheduled_message", id]),
  ];
  const words = JSON.stringify(conversations.map(({ id }) => `"c${id.replaceAll("-", "")}"`));
  await db.batch([
    // Words that are deleted otherwise stay in the index until FTS5 merges its segments.
    ...FULL_TEXTS.map((table) =>
      db.sql(`INSERT INTO ${table} (${table}, rank) SELECT 'secure-delete', 1 WHERE ?1 <> ''`),
    ),
    db.sql(
      `DELETE FROM texts WHERE org_id = ?1 AND created_at <= ?3 AND rowid IN (
         SELECT f.rowid FROM json_each(?2) w CROSS JOIN texts_fts f WHERE texts_fts MATCH 'conversation : ' || w.value)`,
      words,
      at,
    ),
    ...["conversation_transfers", "media", "csat_surveys", "scheduled_messages"].map((table) =>
      db.sql(`DELETE FROM ${table} WHERE org_id = ?1 AND conversation_id ${IN} AND created_at <= ?3`, ids, at),
    ),
    db.sql(`DELETE FROM sla_clocks WHERE org_id = ?1 AND conversation_id ${IN} AND opened_at <= ?3`, ids, at),
    db.sql(`DELETE FROM drafts WHERE org_id = ?1 AND conversation_id ${IN} AND updated_at <= ?3`, ids, at),
    db.sql(`DELETE FROM reopenings WHERE org_id = ?1 AND conversation_id ${IN} AND reopened_at <= ?3`, ids, at),
    // Message-IDs stay: a mail that is delivered again finds the conversation by them, which drops it.
    db.sql(
      `DELETE FROM mail_names WHERE org_id = ?1 AND conversation_id ${IN} AND at <= ?3 AND instr(name, char(10)) > 0`,
      ids,
      at,
    ),
    db.sql(
      `DELETE FROM conversation_tags WHERE org_id = ?1 AND updated_at <= ?3 AND conversation_id ${IN} AND tag IN (
         SELECT t.value FROM conversations c, json_each(c.tag_keys) t WHERE +c.org_id = ?1 AND c.id ${IN})`,
      ids,
      at,
    ),
    db.sql(
      `UPDATE activity_logs SET changes = '{}' WHERE org_id = ?1 AND created_at <= ?3 AND changes <> '{}' AND (entity_type, entity_id) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?2))`,
      JSON.stringify(logged),
      at,
    ),
    db.sql(
      `DELETE FROM outbox WHERE org_id = ?1 AND created_at <= ?3 AND event ->> 'entityId' ${IN} AND event ->> 'type' <> 'contact.erasure_requested'`,
      both,
      at,
    ),
    db.sql(`DELETE FROM webhook_deliveries WHERE org_id = ?1 AND entity_id ${IN} AND id <= ?3`, both, lastIdOf(at)),
    db.sql(`DELETE FROM contacts WHERE org_id = ?1 AND id ${IN} AND created_at <= ?3`, contacts, at),
    db.sql(
      `DELETE FROM conversations WHERE +org_id = ?1 AND id IN (SELECT value ->> 'id' FROM json_each(?2))
         AND version <= (SELECT e.value ->> 'version' FROM json_each(?2) e WHERE e.value ->> 'id' = conversations.id)`,
      JSON.stringify(conversations.map(({ id, version }) => ({ id, version }))),
    ),
    ...FULL_TEXTS.map((table) =>
      db.sql(`INSERT INTO ${table} (${table}, rank) SELECT 'secure-delete', 0 WHERE ?1 <> ''`),
    ),
  ]);
}

const MERGE_PAGES = 1000;
const MAX_MERGES = 20;

/**
 * Merges the full texts, all tenants' in the database: they hold text that an earlier change has deleted until then. An
 * index that is larger than this goes on by itself.
 */
export async function mergeFullTexts({ db }: Ctx): Promise<void> {
  for (const table of FULL_TEXTS)
    for (let n = 0; n < MAX_MERGES; n++) {
      const { meta } = await db
        .sql(`INSERT INTO ${table} (${table}, rank) SELECT 'merge', -${MERGE_PAGES} WHERE ?1 <> ''`)
        .run();
      if (meta.rows_written < MERGE_PAGES / 2) break;
    }
}

/** No delivery of an event up to the time has a higher id: it begins with the time, in hexadecimal. */
function lastIdOf(at: number): string {
  const hex = at.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-ffff`;
}

/** Deletes the names by which the channel knows the contacts, which are still there. */
export async function eraseAliases(ctx: Ctx, contactIds: readonly string[]): Promise<void> {
  const rows = await ctx.db.query<{ channel: string; thread_key: string }>(
    `SELECT DISTINCT a.channel, a.thread_key FROM contacts k CROSS JOIN contact_aliases a ON a.org_id = k.org_id AND a.channel = k.channel_source
     WHERE k.org_id = ?1 AND k.id ${IN}`,
    JSON.stringify(contactIds),
  );
  const own = rows.filter((row) => contactIds.includes(contactIdOf(ctx.orgId, row.channel, row.thread_key)));
  await ctx.db
    .sql(
      `DELETE FROM contact_aliases WHERE org_id = ?1 AND (channel, thread_key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))`,
      JSON.stringify(own.map((row) => [row.channel, row.thread_key])),
    )
    .run();
}
