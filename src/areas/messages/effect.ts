import { notStale } from "../../domain/conversation/stale";
import { effect } from "../../domain/effect";
import { searchableText } from "../../domain/message/state";
import { fieldOf } from "../../kit/rows";
import { FIRST_ROWID, alternativeTextRowid, textRowid } from "./text-rowid";

/** The searchable text of a message. */
interface Text {
  conversation_id: string;
  version: number;
  id: string;
  direction: string;
  type: string;
  body: string;
  created_at: number;
}

const [PREFERRED, ALTERNATIVE] = [`first.id + (${fieldOf("preferred")})`, `first.id + (${fieldOf("alternative")})`];
const UPSERT_TEXTS = `
INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at)
SELECT iif(EXISTS (SELECT 1 FROM texts t WHERE t.rowid = ${PREFERRED} AND t.id <> ${fieldOf("id")}), ${ALTERNATIVE}, ${PREFERRED}),
  ${fieldOf("id")}, ?1, ${["conversation_id", "direction", "type", "body", "created_at"].map(fieldOf).join(", ")}
FROM (SELECT value FROM json_each(?2) LIMIT -1) r, (SELECT ${FIRST_ROWID} AS id) first WHERE ${notStale}
ON CONFLICT (org_id, id) DO UPDATE SET body = excluded.body WHERE excluded.body <> texts.body
ON CONFLICT (rowid) DO NOTHING`;

export const texts = effect<Text>({
  name: "texts",
  fromConversation: ({ state, messages }) =>
    messages.flatMap((message) => {
      const body = searchableText(message);
      // The row of a deleted message is emptied, so that a search does not find it.
      if (body === "" && message.revokedAt === null) return [];
      const { id, direction, type, createdAt } = message;
      return [{ conversation_id: state.id, version: state.version, id, direction, type, body, created_at: createdAt }];
    }),
  statements: (db, rows) => [db.sql(UPSERT_TEXTS, JSON.stringify(withRowids(rows)))],
});

/**
 * Adds both rowids. The statement checks the table for a taken preferred rowid; a collision within the statement is
 * resolved here. Sorted, since FTS5 flushes its buffer whenever a rowid is lower than the one before.
 */
function withRowids(rows: readonly Text[]): (Text & { preferred: number; alternative: number })[] {
  const taken = new Map<number, string>();
  const withIds = rows.map((text) => {
    const [first, alternative] = [textRowid(text.id), alternativeTextRowid(text.id)];
    const preferred = (taken.get(first) ?? text.id) === text.id ? first : alternative;
    taken.set(preferred, text.id);
    return { ...text, preferred, alternative };
  });
  return withIds.toSorted((a, b) => a.preferred - b.preferred);
}
