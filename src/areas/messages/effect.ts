import { notStale } from "../../domain/conversation/stale";
import { effect } from "../../domain/effect";
import { searchableText } from "../../domain/message/state";
import { fieldOf } from "../../kit/rows";
import { FIRST_ROWID, otherTextRowid, textRowid } from "./text-rowid";

/** A message's text for search. */
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
const TEXTS = `
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
      // A message that was taken back is no longer found.
      if (body === "" && message.revokedAt === null) return [];
      const { id, direction, type, createdAt } = message;
      return [{ conversation_id: state.id, version: state.version, id, direction, type, body, created_at: createdAt }];
    }),
  statements: (db, rows) => [db.sql(TEXTS, JSON.stringify(withRowids(rows)))],
});

/**
 * Each text with its rowids. The statement looks in the table whether the preferred one is taken; of two texts in the same statement with
 * the same one, the second gets its alternative here. Sorted, since FTS5 flushes its buffer whenever a rowid is lower than the one before.
 */
function withRowids(rows: readonly Text[]): (Text & { preferred: number; alternative: number })[] {
  const taken = new Map<number, string>();
  const placed = rows.map((text) => {
    const [first, alternative] = [textRowid(text.id), otherTextRowid(text.id)];
    const preferred = (taken.get(first) ?? text.id) === text.id ? first : alternative;
    taken.set(preferred, text.id);
    return { ...text, preferred, alternative };
  });
  return placed.toSorted((a, b) => a.preferred - b.preferred);
}
