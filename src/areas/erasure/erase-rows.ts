import type { Ctx } from "../../domain/context";
import { contactIdOf } from "../../domain/ids";
import { arraysOf } from "../../kit/rows";
import { entitiesOf, type Erased, isOld } from "./erased";
import { withSecureDelete } from "./erase-texts";

/** Rows of tenant data that say something of a person. A table that gets such rows is added here (docs/adr/0025). */

const IN = "IN (SELECT value FROM json_each(?2))";

/** Deletes the rows. Log entries lose only their contents, so that who did something stays known. */
export async function eraseRows(ctx: Ctx, erased: Erased): Promise<void> {
  const { contactIds, conversations, at, until } = erased;
  const ids = JSON.stringify(conversations.map(({ id, until: its }) => ({ id, until: its })));
  const { db } = ctx;
  const scheduled = await db.query<{ id: string }>(
    `SELECT id FROM scheduled_messages WHERE org_id = ?1 AND ${isOld("conversation_id", "created_at")}`,
    ids,
  );
  const logged = [
    ...contactIds.map((id) => ["contact", id, until]),
    ...conversations.flatMap(({ id, until: its, noteIds }) => [
      ["conversation", id, its],
      ...noteIds.map((note) => ["note", note, its]),
    ]),
    ...scheduled.map(({ id }) => ["scheduled_message", id, until]),
  ];
  for (const array of arraysOf(logged.map((entry) => JSON.stringify(entry)))) await db.sql(EMPTY_LOGS, array).run();
  await db.batch(
    withSecureDelete(db, [
      ...["conversation_transfers", "media", "csat_surveys", "scheduled_messages"].map((table) =>
        db.sql(`DELETE FROM ${table} WHERE org_id = ?1 AND ${isOld("conversation_id", "created_at")}`, ids),
      ),
      db.sql(`DELETE FROM sla_clocks WHERE org_id = ?1 AND ${isOld("conversation_id", "opened_at")}`, ids),
      db.sql(`DELETE FROM drafts WHERE org_id = ?1 AND ${isOld("conversation_id", "updated_at")}`, ids),
      db.sql(`DELETE FROM csat_asks WHERE org_id = ?1 AND ${isOld("conversation_id", "resolved_at")}`, ids),
      db.sql(`DELETE FROM reopenings WHERE org_id = ?1 AND ${isOld("conversation_id", "reopened_at")}`, ids),
      // Message-IDs stay: a mail that is delivered again finds the conversation by them, which drops it.
      db.sql(
        `DELETE FROM mail_names WHERE org_id = ?1 AND ${isOld("conversation_id", "at")} AND instr(name, char(10)) > 0`,
        ids,
      ),
      db.sql(
        `DELETE FROM conversation_tags WHERE org_id = ?1 AND ${isOld("conversation_id", "updated_at")} AND tag IN (
           SELECT t.value FROM conversations c, json_each(c.tag_keys) t WHERE +c.org_id = ?1 AND c.id IN (SELECT value ->> 'id' FROM json_each(?2)))`,
        ids,
      ),
      db.sql(
        `DELETE FROM outbox WHERE org_id = ?1 AND ${isOld("event ->> 'entityId'", "created_at")} AND event ->> 'type' <> 'contact.erasure_requested'`,
        JSON.stringify(entitiesOf(erased)),
      ),
      db.sql(
        `DELETE FROM conversations WHERE +org_id = ?1 AND id IN (SELECT value ->> 'id' FROM json_each(?2))
           AND version <= (SELECT e.value ->> 'version' FROM json_each(?2) e WHERE e.value ->> 'id' = conversations.id)`,
        JSON.stringify(conversations.map(({ id, version }) => ({ id, version }))),
      ),
      db.sql(FORGET_KNOWN, JSON.stringify(contactIds), at),
      db.sql(
        `DELETE FROM contacts WHERE org_id = ?1 AND id ${IN} AND created_at <= ?3 + 1 AND NOT ${HAS_CONVERSATION}`,
        JSON.stringify(contactIds),
        at,
      ),
    ]),
  );
}

const EMPTY_LOGS = `UPDATE activity_logs SET changes = '{}' WHERE org_id = ?1 AND (created_at, id) IN (
  SELECT l.created_at, l.id FROM json_each(?2) e CROSS JOIN activity_logs l INDEXED BY idx_activity_logs_org_id_entity
  WHERE l.org_id = ?1 AND l.entity_type = e.value ->> 0 AND l.entity_id = e.value ->> 1 AND l.created_at <= e.value ->> 2 AND l.changes <> '{}')`;

const HAS_CONVERSATION =
  "EXISTS (SELECT 1 FROM conversations c WHERE c.org_id = contacts.org_id AND c.contact_id = contacts.id)";

// A person who has come back since the conversation went has a new one. What it knows of the person it has told, or
// tells with its next event. The second pass takes the contact for a new one, unless the conversation turns out to be
// one that D1 had not heard of.
const FORGET_KNOWN = `UPDATE contacts SET name = NULL, name_source = 'channel', picture = NULL, tags = '[]', tag_keys = '[]', merged_into = NULL,
    email = iif(channel_source = 'email', email, NULL),
    terms = iif(channel_source = 'email', json_remove(terms, '$.name'), json_remove(terms, '$.name', '$.email')),
    marketing_opted_out_at = NULL, marketing_source = NULL, marketing_decided_at = NULL,
    email_suppressed_at = NULL, email_suppressed_reason = NULL, email_decided_at = NULL, created_at = ?3 + 1
  WHERE org_id = ?1 AND id ${IN} AND created_at <= ?3 AND ${HAS_CONVERSATION}`;

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
