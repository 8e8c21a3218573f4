import type { Ctx } from "../../domain/context";
import { type ErasedConversation, isOld } from "./erased";

/** The full texts of what is erased. */

const FULL_TEXTS = ["texts_fts", "contact_search", "conversation_search"];
/** Takes a second at most; a statement of D1 may take thirty. */
const TEXTS_PER_STEP = 1000;

/** Words that are deleted otherwise stay in an index until FTS5 merges its segments. */
export function withSecureDelete(db: Ctx["db"], statements: readonly D1PreparedStatement[]): D1PreparedStatement[] {
  const set = (value: 0 | 1): D1PreparedStatement[] =>
    FULL_TEXTS.map((table) =>
      db.sql(`INSERT INTO ${table} (${table}, rank) SELECT 'secure-delete', ${value} WHERE ?1 <> ''`),
    );
  return [...set(1), ...statements, ...set(0)];
}

/** Deletes the conversations' messages from the index, in steps. */
export async function eraseTexts(ctx: Ctx, conversations: readonly ErasedConversation[]): Promise<void> {
  const { db } = ctx;
  const words = conversations.map(({ id, until }) => ({ id, until, word: `"c${id.replaceAll("-", "")}"` }));
  const step = (): D1PreparedStatement =>
    db.sql(
      `DELETE FROM texts WHERE rowid IN (
         SELECT t.rowid FROM json_each(?2) w CROSS JOIN texts_fts f CROSS JOIN texts t ON t.rowid = f.rowid
         WHERE texts_fts MATCH 'conversation : ' || (w.value ->> 'word') AND t.org_id = ?1 AND ${isOld("t.conversation_id", "t.created_at")}
         LIMIT ${TEXTS_PER_STEP}) RETURNING 1`,
      JSON.stringify(words),
    );
  for (;;) {
    const results = await db.batch(withSecureDelete(db, [step()]));
    if (results[FULL_TEXTS.length]!.results.length < TEXTS_PER_STEP) return;
  }
}

const MERGE_PAGES = 1000;
const MAX_MERGES = 20;

/**
 * Merges the full texts, all tenants' in the database: what an earlier change of a row has deleted is in them until then. An
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
