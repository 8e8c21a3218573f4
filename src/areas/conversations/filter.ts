import { CHANNELS, type Channel } from "../../channels/channel";
import type { ConversationStatus } from "../../domain/conversation/state";
import { SLA_STATUSES, type SlaStatus } from "../../domain/sla";
import type { WindowStatus } from "../../domain/window";
import type { Visibility } from "../../domain/context";
import { Params, type Statement } from "../../kit/list-statement";
import type { Cursor } from "../../kit/page";

/*
 * A list of conversations as one statement. Pure.
 *
 * Every filter becomes a set of disjoint ranges, each in the list's order in one index, which SQLite merges lazily.
 * Ranges of unresolved conversations may skip entries of their index; those of history are exact (docs/adr/0005). Rows
 * of the table are read for the page only.
 */

export interface ConversationFilter {
  status?: ConversationStatus;
  channel?: Channel;
  /** An agent's id; "" for unassigned. */
  assigned?: string;
  division?: string;
  /** A tag's key (`tagKey`). */
  tag?: string;
  unread?: boolean;
  /** Milliseconds since 1970. */
  updatedSince?: number;
  /** Implies that the conversation is not resolved. */
  window?: WindowStatus;
  sla?: SlaStatus;
  oldestFirst?: boolean;
}

/** The columns that ranges are equal in. */
interface Values {
  assigned_agent_id?: string;
  division_id?: string;
  channel?: Channel;
  is_unread?: 0 | 1;
  sla_status?: SlaStatus;
}
const COLUMNS = ["assigned_agent_id", "division_id", "channel", "is_unread", "sla_status"] as const;

/** Conversations of one agent, one division, or both, of which the caller sees all but those that it excludes. */
interface Scope {
  values: Pick<Values, "assigned_agent_id" | "division_id">;
  /** Excludes conversations that another scope has: those of this agent, and unassigned ones. */
  exceptAgent?: string;
  /** Skips what the caller may not see, if visibility as ranges would be too many. */
  visibleTo?: Visibility;
}

/** Rows of an index with these values, in the list's order. */
interface Range {
  part: Part;
  index: string;
  values: Values;
  scope: Scope;
}

/** A table that has entries in the list's order, and the condition of its partial indexes. */
interface Part {
  table: string;
  /** The conversation's rowid. */
  place: string;
  id: string;
  where: string;
}

const LIVE: Part = { table: "conversations", place: "rowid", id: "id", where: "n.status <> 'resolved'" };
const HISTORY: Part = { ...LIVE, where: "n.status = 'resolved'" };
const TAGS: Part = { table: "conversation_tags", place: "place", id: "conversation_id", where: "1" };

/** D1's limit for terms of a compound select; a term may be a nested compound select. */
const MAX_TERMS = 5;
/** More terms take longer to compile than a queue takes to read. */
const MAX_UNION = 3 * MAX_TERMS;
/** Above this many ranges, skipping what the caller may not see is cheaper: an agent in many divisions sees most. */
const MAX_RANGES = 400;

/** The statement of a page, with one row more than `limit`. */
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
  const isSmall = ranges.length <= MAX_UNION && ranges[0]!.scope.visibleTo === undefined;
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

function rangesOf(filter: ConversationFilter, visibility: Visibility): Range[] {
  const ranges = visibleScopes(filter, visibility).flatMap((scope) => rangesIn(scope, filter));
  return ranges.length <= MAX_RANGES
    ? ranges
    : rangesIn({ values: requestedValues(filter), visibleTo: visibility }, filter);
}

/** The part of the requested conversations that the caller may see, as disjoint scopes. The same rule as `maySee`. */
function visibleScopes(filter: ConversationFilter, visibility: Visibility): Scope[] {
  const { assigned, division } = filter;
  const values = requestedValues(filter);
  if (visibility.all || assigned === "" || (assigned !== undefined && assigned === visibility.agentId))
    return [{ values }];
  if (division !== undefined && visibility.divisionIds.includes(division)) return [{ values }];
  const divisions = division === undefined ? visibility.divisionIds : [];
  if (assigned !== undefined) return divisions.map((id) => ({ values: { ...values, division_id: id } }));
  const assignees = visibility.agentId === null ? [""] : [visibility.agentId, ""];
  return [
    ...assignees.map((id) => ({ values: { ...values, assigned_agent_id: id } })),
    ...divisions.map((id) => ({ values: { division_id: id }, exceptAgent: visibility.agentId ?? "" })),
  ];
}

const requestedValues = ({ assigned, division }: ConversationFilter): Scope["values"] => ({
  ...(assigned !== undefined && { assigned_agent_id: assigned }),
  ...(division !== undefined && { division_id: division }),
});

const rangesIn = (scope: Scope, filter: ConversationFilter): Range[] => [
  ...(filter.status === "resolved" ? [] : liveRanges(scope, filter)),
  ...((filter.status ?? "resolved") !== "resolved" || filter.window !== undefined ? [] : historyRanges(scope, filter)),
];

function liveRanges(scope: Scope, { channel }: ConversationFilter): Range[] {
  const index = "idx_conversations_live";
  const { values } = scope;
  if (values.assigned_agent_id !== undefined) return [{ part: LIVE, index: `${index}_agent`, values, scope }];
  if (values.division_id !== undefined) return [{ part: LIVE, index: `${index}_division`, values, scope }];
  return (channel ? [channel] : CHANNELS).map((one) => ({ part: LIVE, index, values: { channel: one }, scope }));
}

function historyRanges(scope: Scope, { channel, unread, sla, tag }: ConversationFilter): Range[] {
  const { values } = scope;
  const [part, prefix] = tag === undefined ? [HISTORY, "idx_conversations_history"] : [TAGS, "idx_conversation_tags"];
  const by = [
    // Not both with a tag: so few entries that those of other agents are skipped.
    ...(values.assigned_agent_id === undefined || (tag !== undefined && values.division_id) ? [] : ["agent"]),
    ...(values.division_id === undefined ? [] : ["division"]),
  ];
  const isPlain = by.length === 2 || (channel === undefined && unread === undefined && sla === undefined);
  const index =
    tag !== undefined && isPlain && by.length === 0
      ? "sqlite_autoindex_conversation_tags_1"
      : [prefix, ...by, ...(isPlain ? [] : ["class"])].join("_");
  if (isPlain) return [{ part, index, values, scope }];
  const unreads: (0 | 1)[] = unread === undefined ? [0, 1] : [unread ? 1 : 0];
  return (channel ? [channel] : CHANNELS).flatMap((c) =>
    unreads.flatMap((u) =>
      (sla ? [sla] : SLA_STATUSES).map((s) => ({
        part,
        index,
        values: { ...values, channel: c, is_unread: u, sla_status: s },
        scope,
      })),
    ),
  );
}

/** In SQL, the table `page` as a merge of sorted terms: the fastest for few ranges. */
function mergedByUnion(
  ranges: readonly Range[],
  filter: ConversationFilter,
  start: Cursor,
  rows: number,
  params: Params,
): string {
  const terms = ranges.map(
    (range) =>
      `SELECT n.${range.part.place} AS place, n.updated_at AS updated_at, n.${range.part.id} AS id ${entriesSql(range, filter, params, (column) => params.of(range.values[column]!), [params.of(start.at), params.of(start.id)])}`,
  );
  const groups = Array.from({ length: Math.ceil(terms.length / MAX_TERMS) }, (_, i) =>
    terms.slice(i * MAX_TERMS, (i + 1) * MAX_TERMS).join(" UNION ALL "),
  );
  const merged =
    groups.length === 1 ? groups[0]! : groups.map((group) => `SELECT * FROM (${group})`).join(" UNION ALL ");
  return `page AS (${merged} ORDER BY updated_at ${direction(filter)}, id ${direction(filter)} LIMIT ${params.of(rows)})`;
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
  const indexes = [...Map.groupBy(ranges, ({ index }) => index).values()];
  const seeds = indexes.flatMap((ofIndex, i) =>
    ofIndex.map(({ values }) => [i, ...COLUMNS.map((column) => values[column] ?? null)]),
  );
  // Ranges of one index differ only in their values.
  const next = indexes.map(
    ([range], i) =>
      `WHEN ${i} THEN (SELECT n.${range!.part.place} ${entriesSql(range!, filter, params, (column) => `p.${column}`, ["p.updated_at", "+p.id"])} ORDER BY n.updated_at ${way}, n.${range!.part.id} ${way} LIMIT 1)`,
  );
  return `page (place, updated_at, id, source, ${COLUMNS.join(", ")}) AS (
    SELECT NULL, ${params.of(start.at)}, ${params.of(start.id)}, value ->> 0, ${COLUMNS.map((_, i) => `value ->> ${i + 1}`).join(", ")} FROM json_each(${params.of(JSON.stringify(seeds))})
    UNION ALL
    SELECT c.rowid, c.updated_at, c.id, p.source, ${COLUMNS.map((column) => `p.${column}`).join(", ")}
    FROM page p CROSS JOIN conversations c ON c.rowid = CASE p.source ${next.join(" ")} END
    ORDER BY 2 ${way}, 3 ${way} LIMIT ${params.of(rows + ranges.length)})`;
}

/** The entries `n` of a range behind a position, in SQL. `valueOf`: the SQL of the range's value of a column. */
function entriesSql(
  { part, index, values, scope }: Range,
  filter: ConversationFilter,
  params: Params,
  valueOf: (column: keyof Values) => string,
  start: [at: string, id: string],
): string {
  const bind = (value: string | number): string => params.of(value);
  const wanted: Values = {
    ...(filter.channel && { channel: filter.channel }),
    ...(filter.unread !== undefined && { is_unread: filter.unread ? 1 : 0 }),
    ...(filter.sla && { sla_status: filter.sla }),
  };
  const where = ["n.org_id = ?1", part.where];
  for (const column of COLUMNS) {
    if (values[column] !== undefined) where.push(`n.${column} = ${valueOf(column)}`);
    else if (wanted[column] !== undefined) where.push(`n.${column} = ${bind(wanted[column])}`);
  }
  if (part === LIVE) {
    if (filter.status) where.push(`n.status = ${bind(filter.status)}`);
    if (filter.window) where.push(`n.window_status = ${bind(filter.window)}`);
    if (filter.tag !== undefined) where.push(taggedSql(filter.tag, bind, "n."));
  } else if (filter.tag !== undefined) where.push(`n.tag = ${bind(filter.tag)}`);
  if (scope.exceptAgent !== undefined) where.push(`n.assigned_agent_id NOT IN ('', ${bind(scope.exceptAgent)})`);
  if (scope.visibleTo) where.push(visibleSql(scope.visibleTo, bind, "n."));
  where.push(`(n.updated_at, n.${part.id}) ${filter.oldestFirst ? ">" : "<"} (${start.join(", ")})`);
  // Oldest first, the start is the one lower bound: of two, SQLite may start at the wrong one.
  if (filter.updatedSince !== undefined && !filter.oldestFirst)
    where.push(`n.updated_at >= ${bind(filter.updatedSince)}`);
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
