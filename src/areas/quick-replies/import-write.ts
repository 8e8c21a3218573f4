import type { Ctx } from "../../domain/context";
import { fieldOf, ROWS } from "../../kit/rows";
import { orgToken } from "../../kit/id";
import { categoryKeyOf, type CreateQuickReply } from "./model";
import { searchTerms } from "./terms";

export interface ImportLine extends CreateQuickReply {
  /** The id for a new reply. */
  id: string;
  settle(outcome: "created" | "updated" | "unchanged", id: string | null): void;
}

/** A parameter of D1 may have 2 MB. */
const MAX_CHUNK_CHARS = 500_000;
const MAX_CHUNK_LINES = 2500;

/** Writes records in their order, with their activity log: two statements per chunk, each chunk one transaction. */
export async function writeLines(ctx: Ctx, lines: readonly ImportLine[], columns: readonly string[]): Promise<void> {
  const statements = statementsFor(FIELDS.filter((field) => columns.includes(field)));
  for (const chunk of chunksOf(lines)) await writeChunk(ctx, chunk, statements);
}

function* chunksOf(lines: readonly ImportLine[]): Generator<ImportLine[]> {
  let [chunk, chars]: [ImportLine[], number] = [[], 0];
  for (const line of lines) {
    const size = line.title.length + line.content.length + 300;
    if (chunk.length === MAX_CHUNK_LINES || (chars + size > MAX_CHUNK_CHARS && chunk.length > 0)) {
      yield chunk;
      [chunk, chars] = [[], 0];
    }
    chunk.push(line);
    chars += size;
  }
  if (chunk.length > 0) yield chunk;
}

const FIELDS = ["title", "content", "category"] as const;
const differs = (field: string): string => `q.${field} COLLATE BINARY IS NOT ${fieldOf(field)}`;
const change = (field: string): string =>
  `iif(${differs(field)}, json_object('${field}', json_array(q.${field}, ${fieldOf(field)})), '{}')`;

/** The statements for a file with these columns. Fields without a column are neither written nor compared. */
function statementsFor(fields: readonly string[]): { activities: string; replies: string } {
  // The reply that a record `r` is about: the one with its shortcut or, if it has none, one with the same fields.
  const withShortcut = `SELECT x.id FROM quick_replies x WHERE x.org_id = ?1 AND x.shortcut = ${fieldOf("shortcut")}`;
  const isSame = (field: string): string => {
    const column = field === "category" ? "category_key" : field;
    return `x.${column} IS ${fieldOf(column)}`;
  };
  const withSameFields = `SELECT x.id FROM quick_replies x INDEXED BY idx_quick_replies_org_id_title
    WHERE x.org_id = ?1 AND x.shortcut IS NULL AND ${fields.map(isSame).join(" AND ")}`;
  const written = fields.includes("category") ? [...fields, "category_key"] : fields;
  const shortcutOfNew = `iif(q.id IS NULL AND ${fieldOf("shortcut")} IS NOT NULL, json_object('shortcut', json_array(NULL, ${fieldOf("shortcut")})), '{}')`;
  return {
    // Logs each reply as if it had been written on its own.
    activities: `
      INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, changes, created_at)
      SELECT ${fieldOf("activity_id")}, ?1, ?3, ?4, iif(q.id IS NULL, 'quick_reply.create', 'quick_reply.update'), 'quick_reply', coalesce(q.id, ${fieldOf("id")}),
        ${fields.reduce((changes, field) => `json_patch(${changes}, ${change(field)})`, shortcutOfNew)}, ?5
      FROM ${ROWS} LEFT JOIN quick_replies q ON q.id = iif(${fieldOf("shortcut")} IS NULL, (${withSameFields} LIMIT 1), (${withShortcut}))
      WHERE q.id IS NULL OR ${fields.map(differs).join(" OR ")}`,
    replies: `
      INSERT INTO quick_replies (id, org_id, org_token, title, content, shortcut, category, terms, created_by, created_at, updated_at, category_key)
      SELECT ${fieldOf("id")}, ?1, ?3, ${fieldOf("title")}, ${fieldOf("content")}, ${fieldOf("shortcut")}, ${fieldOf("category")}, ${fieldOf("terms")}, ?4, ?5, ?5, ${fieldOf("category_key")}
      FROM ${ROWS} WHERE ${fieldOf("shortcut")} IS NOT NULL OR NOT EXISTS (${withSameFields})
      ON CONFLICT (org_id, shortcut) DO UPDATE SET ${written.map((column) => `${column} = excluded.${column}`).join(", ")},
        terms = json_patch(json_remove(terms, ${fields.map((field) => `'$.${field}'`).join(", ")}), excluded.terms), updated_at = excluded.updated_at
      WHERE ${fields.map((field) => `excluded.${field} COLLATE BINARY IS NOT ${field}`).join(" OR ")}
      RETURNING id, shortcut`,
  };
}

async function writeChunk(
  ctx: Ctx,
  chunk: readonly ImportLine[],
  { activities, replies }: ReturnType<typeof statementsFor>,
): Promise<void> {
  const rows = JSON.stringify(
    chunk.map((line) => ({
      ...line,
      category_key: categoryKeyOf(line),
      terms: searchTerms(line),
      activity_id: ctx.newId(),
    })),
  );
  const { kind, id: agentId } = ctx.actor;
  const [, written] = await ctx.db.batch([
    ctx.db.sql(activities, rows, kind, agentId, ctx.now()),
    ctx.db.sql(replies, rows, orgToken(ctx.orgId), agentId, ctx.now()),
  ]);
  const writtenRows = written!.results as { id: string; shortcut: string | null }[];
  const ids = new Map(writtenRows.map((row) => [row.shortcut ?? row.id, row.id]));
  for (const line of chunk) {
    const id = ids.get(line.shortcut ?? line.id);
    if (id === undefined) line.settle("unchanged", null);
    else line.settle(id === line.id ? "created" : "updated", id);
  }
}
