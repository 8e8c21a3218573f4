import type { Visibility } from "../../domain/context";
import { MAX_TERMS, oneOfSql, Params, type Statement, unionSql } from "../../kit/list-statement";
import type { Cursor } from "../../kit/page";
import { COLUMNS, type ConversationFilter, LIVE, type Range, rangesOf, type Values } from "./ranges";

/*
 * A list of conversations as one statement. Pure.
 *
 * Every filter becomes a set of ranges, which SQLite merges lazily (ranges.ts). Rows of the table are read for the page
 * only.
 */

/** More terms take longer to compile than a queue takes to read. */
const MAX_UNION = 3 * MAX_TERMS;

/** The statement of a page, with one row more than `limit`. The filter has at most one tag. */
export function listStatement(
  filter: ConversationFilter,
  visibility: Visibility,
  limit: number,
  cursor: Cursor | undefined,
): Statement {
  const params = new Params();
  const ranges = rangesOf(filter, visibility);
  if (ranges.length === 0) return { sql: "SELECT * FROM conversations WHERE org_id = ?1 LIMIT 0", params: [] };
  // Each term would make its own list of visible divisions.
  const isSmall = ranges.length <= MAX_UNION && ranges[0]!.skips.visibleTo === undefined;
  const merged = isSmall ? mergedByUnion : mergedByQueue;
  const way = direction(filter);
  return {
    sql: `WITH RECURSIVE ${merged(ranges, filter, startOf(filter, cursor), limit + 1, params)}
      SELECT c.* FROM page p CROSS JOIN conversations c ON c.rowid = p.place WHERE c.org_id = ?1 ORDER BY p.updated_at ${way}, p.id ${way}`,
    params: params.values,
  };
}

export const direction = ({ oldestFirst }: ConversationFilter): "ASC" | "DESC" => (oldestFirst ? "ASC" : "DESC");

/** The position behind which a page starts. */
function startOf({ oldestFirst, updatedSince = 0 }: ConversationFilter, cursor: Cursor | undefined): Cursor {
  if (!oldestFirst) return cursor ?? { at: Number.MAX_SAFE_INTEGER, id: "" };
  return cursor && cursor.at >= updatedSince ? cursor : { at: updatedSince, id: "" };
}

/** In SQL, the table `page` as a merge of sorted terms: the fastest for few ranges. */
function mergedByUnion(
  ranges: readonly Range[],
  filter: ConversationFilter,
  start: Cursor,
  rows: number,
  params: Params,
): string {
  const terms = ranges.map((range) => {
    const entries = entriesSql(range, filter, params, (column) => params.of(range.values[column]!), [
      params.of(start.at),
      params.of(start.id),
    ]);
    return `SELECT n.${range.part.place} AS place, n.updated_at AS updated_at, n.${range.part.id} AS id ${entries}`;
  });
  const way = direction(filter);
  return `page AS (${unionSql(terms)} ORDER BY updated_at ${way}, id ${way} LIMIT ${params.of(rows)})`;
}

/**
 * The same for many ranges, whose terms would take longer to compile than to read. A recursive query with an order is a
 * priority queue: it starts with each range at the page's start; the first row of the queue is put out, and replaced by
 * the next row of its range.
 */
function mergedByQueue(
  ranges: readonly Range[],
  filter: ConversationFilter,
  start: Cursor,
  rows: number,
  params: Params,
): string {
  const way = direction(filter);
  // Ranges of one source differ only in their values.
  const sources = [...Map.groupBy(ranges, ({ index, skips }) => `${index} ${JSON.stringify(skips)}`).values()];
  const seeds = sources.flatMap((ofSource, i) =>
    ofSource.map(({ values }) => [i, ...COLUMNS.map((column) => values[column] ?? null)]),
  );
  const next = sources.map(([range], i) => {
    const entries = entriesSql(range!, filter, params, (column) => `p.${column}`, ["p.updated_at", "+p.id"]);
    return `WHEN ${i} THEN (SELECT n.${range!.part.place} ${entries} ORDER BY n.updated_at ${way}, n.${range!.part.id} ${way} LIMIT 1)`;
  });
  return `page (place, updated_at, id, source, ${COLUMNS.join(", ")}) AS (
    SELECT NULL, ${params.of(start.at)}, ${params.of(start.id)}, value ->> 0, ${COLUMNS.map((_, i) => `value ->> ${i + 1}`).join(", ")} FROM json_each(${params.of(JSON.stringify(seeds))})
    UNION ALL
    SELECT c.rowid, c.updated_at, c.id, p.source, ${COLUMNS.map((column) => `p.${column}`).join(", ")}
    FROM page p CROSS JOIN conversations c ON c.rowid = CASE p.source ${next.join(" ")} END
    ORDER BY 2 ${way}, 3 ${way} LIMIT ${params.of(rows + ranges.length)})`;
}

/** The entries `n` of a range behind a position, in SQL. `valueOf`: the SQL of the range's value of a column. */
function entriesSql(
  { part, index, values, skips }: Range,
  filter: ConversationFilter,
  params: Params,
  valueOf: (column: keyof Values) => string,
  start: readonly [at: string, id: string],
): string {
  const { status, channel, unread, sla, tags, window, updatedSince, oldestFirst } = filter;
  const bind = (value: string | number): string => params.of(value);
  const where = ["n.org_id = ?1", part.where];
  const skipUnless = (column: keyof Values, wanted: readonly string[] | undefined): void => {
    if (values[column] === undefined && wanted) where.push(oneOfSql(`n.${column}`, wanted, bind));
  };
  for (const column of COLUMNS) if (values[column] !== undefined) where.push(`n.${column} = ${valueOf(column)}`);
  skipUnless("channel", channel);
  skipUnless("sla_status", sla);
  skipUnless("assigned_agent_id", skips.agents);
  if (unread !== undefined && values.is_unread === undefined) where.push(`n.is_unread = ${unread ? 1 : 0}`);
  if (skips.divisions)
    where.push(`n.division_id IN (SELECT value FROM json_each(${bind(JSON.stringify(skips.divisions))}))`);
  if (part === LIVE) {
    if (status && !(status.includes("open") && status.includes("pending")))
      where.push(oneOfSql("n.status", status, bind));
    if (window) where.push(`n.window_status = ${bind(window)}`);
    where.push(...(tags ?? []).map((one) => taggedSql(one, bind, "n.")));
  } else if (tags) where.push(...tags.map((tag) => `n.tag = ${bind(tag)}`));
  if (skips.exceptAgent !== undefined) where.push(`n.assigned_agent_id NOT IN ('', ${bind(skips.exceptAgent)})`);
  if (skips.visibleTo) where.push(visibleSql(skips.visibleTo, bind, "n."));
  where.push(`(n.updated_at, n.${part.id}) ${oldestFirst ? ">" : "<"} (${start.join(", ")})`);
  // Oldest first, the start is the one lower bound: with two, SQLite may start at the wrong one.
  if (updatedSince !== undefined && !oldestFirst) where.push(`n.updated_at >= ${bind(updatedSince)}`);
  return `FROM ${part.table} n INDEXED BY ${index} WHERE ${where.join(" AND ")}`;
}

/**
 * In SQL, whether the row's JSON array contains the tag, as its first element or as a later one. A match is a whole
 * element, since a quote inside an element is escaped.
 */
export const taggedSql = (tag: string, bind: (value: string) => string, c = "c."): string =>
  `(instr(${c}tag_keys, ${bind(`[${JSON.stringify(tag)}`)}) > 0 OR instr(${c}tag_keys, ${bind(`,${JSON.stringify(tag)}`)}) > 0)`;

/** The rule of `maySee` in SQL. `c`: the prefix of the conversation's columns. */
export function visibleSql(visibility: Visibility, bind: (value: string) => string, c = "c."): string {
  if (visibility.all) return "1";
  return `(${c}assigned_agent_id IN ('', ${bind(visibility.agentId ?? "")}) OR ${c}division_id IN (SELECT value FROM json_each(${bind(JSON.stringify(visibility.divisionIds))})))`;
}
