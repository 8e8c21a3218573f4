import { notStale } from "../../domain/conversation/stale";
import { effect } from "../../domain/effect";
import { searchableText } from "../../domain/message/state";
import { cut } from "../../kit/cut";
import { indexedTerms } from "../../kit/full-text";
import { fieldOf } from "../../kit/rows";
import { FIRST_ROWID, alternativeTextRowid, secondOf, textRowid } from "./text-rowid";

/** The searchable text of a message. */
interface Text {
  conversation_id: string;
  seq: number;
  id: string;
  direction: string;
  type: string;
  body: string;
  created_at: number;
}

const [PREFERRED, ALTERNATIVE] = [`first.id + (${fieldOf("preferred")})`, `first.id + (${fieldOf("alternative")})`];
const heldBy = (rowid: string, comparison: "=" | "<>"): string =>
  `EXISTS (SELECT 1 FROM texts t WHERE t.rowid = ${rowid} AND t.id ${comparison} ${fieldOf("id")})`;
// A text is found by its rowid, so that its id needs no index: it is at one of two places, or else among those of its
// second.
const WITHIN_SECOND = `(SELECT coalesce(max(iif(t.id = ${fieldOf("id")}, t.rowid, NULL)), max(t.rowid) + 1 + r.key) FROM texts t
  WHERE t.rowid >= first.id + (${fieldOf("from")}) AND t.rowid < first.id + (${fieldOf("to")}))`;
const UPSERT_TEXTS = `
INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, terms, created_at)
SELECT CASE
    WHEN ${heldBy(PREFERRED, "=")} THEN ${PREFERRED}
    WHEN ${heldBy(ALTERNATIVE, "=")} THEN ${ALTERNATIVE}
    WHEN NOT ${heldBy(PREFERRED, "<>")} THEN ${PREFERRED}
    WHEN NOT ${heldBy(ALTERNATIVE, "<>")} THEN ${ALTERNATIVE}
    ELSE ${WITHIN_SECOND}
  END,
  ${fieldOf("id")}, ?1, ${["conversation_id", "direction", "type", "body", "terms", "created_at"].map(fieldOf).join(", ")}
FROM (SELECT key, value FROM json_each(?2) LIMIT -1) r, (SELECT ${FIRST_ROWID} AS id) first WHERE ${notStale}
ON CONFLICT (rowid) DO UPDATE SET type = excluded.type, body = excluded.body, terms = excluded.terms
WHERE excluded.id = texts.id AND (excluded.body <> texts.body OR excluded.type <> texts.type)`;

export const texts = effect<Text>({
  name: "texts",
  fromConversation: ({ state, events, messages }) =>
    messages.flatMap((message) => {
      const body = searchableText(message);
      // The row of a deleted message is emptied, so that a search does not find it.
      if (body === "" && message.revokedAt === null) return [];
      const { id, direction, type, createdAt } = message;
      return [{ conversation_id: state.id, seq: events.at(-1)!.seq, id, direction, type, body, created_at: createdAt }];
    }),
  statements: (db, rows) => statementRows(rows).map((json) => db.sql(UPSERT_TEXTS, json)),
});

/** Only the beginning of a longer text is found. */
const MAX_INDEXED_CHARS = 100_000;
/** Characters of UTF-16. A parameter of D1 has at most 2,000,000 bytes. */
const MAX_STATEMENT_CHARS = 600_000;

/** Three bytes each, beside a body of at most 1 MB. Some characters are folded to eighteen. */
const MAX_TERMS_CHARS = 300_000;

/**
 * The rows as JSON, in as few statements as D1's limits allow. A statement does not see the rows that it writes itself,
 * so two texts that have a place in common are in two. Sorted, since FTS5 flushes its buffer whenever a rowid is lower
 * than the one before.
 */
function statementRows(rows: readonly Text[]): string[] {
  const parts: string[][] = [];
  const taken = new Set<number>();
  let chars = Infinity;
  const placed = rows.map((text) => ({
    ...text,
    preferred: textRowid(text.id),
    alternative: alternativeTextRowid(text.id),
    ...secondOf(text.id),
  }));
  for (const row of placed.toSorted((a, b) => a.preferred - b.preferred)) {
    const terms = indexedTerms(cut(row.body, MAX_INDEXED_CHARS));
    const json = JSON.stringify({ ...row, terms: terms && cut(terms, MAX_TERMS_CHARS) });
    if (chars + json.length > MAX_STATEMENT_CHARS || taken.has(row.preferred) || taken.has(row.alternative)) {
      parts.push([]);
      taken.clear();
      chars = 0;
    }
    parts.at(-1)!.push(json);
    taken.add(row.preferred).add(row.alternative);
    chars += json.length;
  }
  return parts.map((part) => `[${part.join(",")}]`);
}
