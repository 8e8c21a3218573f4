import { CHANNELS, type Channel } from "../../channels/channel";
import { CONVERSATION_STATUSES, type ConversationStatus } from "../../domain/conversation/state";
import type { SlaStatus } from "../../domain/sla";
import type { WindowStatus } from "../../domain/window";
import type { Visibility } from "../../domain/context";
import { Params, type Statement } from "../../kit/list-statement";
import type { Cursor } from "../../kit/page";

/*
 * A list of conversations as one statement that reads only its page. Pure.
 *
 * Every filter becomes a set of disjoint ranges, each in the list's order in one index. SQLite merges them lazily: it
 * reads the rows of the page and one more of each range, however many conversations there are (docs/adr/0005).
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
  /** For `window: "open"`, by channel: a conversation without activity since then has no open window. */
  openSince?: Partial<Record<Channel, number>>;
  sla?: SlaStatus;
  oldestFirst?: boolean;
}

/** One range of an index: rows with these values, in the list's order. */
interface Range {
  assigned?: string;
  division?: string;
  /** Excludes conversations that another range has: those of this agent, and unassigned ones. */
  exceptAgent?: string;
  /** Filters rows by visibility while reading, if visibility as ranges would be too many. */
  visibleTo?: Visibility;
}

/** D1's limit for terms of a compound select; a term may be a nested compound select. */
const MAX_TERMS = 5;
/** Above this many ranges, skipping rows is cheaper than opening ranges. */
const MAX_RANGES = 90;
/**
 * D1's limit is 100 parameters, and most ranges need one. An agent in that many divisions sees almost every row, so
 * that filtering while reading wastes little.
 */
const MAX_VISIBLE_RANGES = 60;

/** The statement of a page, with one row more than `limit`. */
export function listStatement(
  filter: ConversationFilter,
  visibility: Visibility,
  limit: number,
  cursor: Cursor | undefined,
): Statement {
  const params = new Params();
  const partialIndex = partialIndexOf(filter);
  const source = partialIndex ? withPartialIndex(partialIndex) : filter.tag === undefined ? CONVERSATIONS : TAGS;
  const visible = visibleRanges(filter, visibility);
  const ranges =
    visible.length <= MAX_VISIBLE_RANGES ? visible : [{ ...requestedRange(filter), visibleTo: visibility }];
  const classes = classesOf(filter);
  if (ranges.length === 0 || classes.length === 0)
    return { sql: "SELECT * FROM conversations WHERE org_id = ?1 AND updated_at < 0", params: [] };
  const split =
    (partialIndex !== undefined || classes.length < ALL_CLASSES) && ranges.length * classes.length <= MAX_RANGES;
  const termOf = (range: Range, rowClass?: Class): string =>
    rangeSql(source, range, filter, params, rowClass) + boundsSql(source, filter, cursor, params, rowClass);
  const terms = ranges.flatMap((range) =>
    split && source.hasClassIndex(range) ? classes.map((rowClass) => termOf(range, rowClass)) : [termOf(range)],
  );
  const order = `ORDER BY updated_at ${direction(filter)}, ${source.id} ${direction(filter)} LIMIT ${params.of(limit + 1)}`;
  return { sql: source.wrap(`${merge(terms)} ${order}`, direction(filter)), params: params.values };
}

/** The table whose indexes a list reads. */
interface Source {
  table: string;
  id: string;
  columns: string;
  wrap(sql: string, direction: string): string;
  indexOf(range: Range, split: boolean): string;
  /** Whether the table has an index by class for the range. */
  hasClassIndex(range: Range): boolean;
}

const CONVERSATIONS: Source = {
  table: "conversations",
  id: "id",
  columns: "*",
  wrap: (sql) => sql,
  indexOf: (range, split) => indexName("idx_conversations", range, split),
  hasClassIndex: () => true,
};

const TAGS: Source = {
  table: "conversation_tags",
  id: "conversation_id",
  columns: "conversation_id, updated_at",
  wrap: (sql, order) =>
    `SELECT c.* FROM (${sql}) t CROSS JOIN conversations c ON c.id = t.conversation_id WHERE c.org_id = ?1 ORDER BY t.updated_at ${order}, t.conversation_id ${order}`,
  indexOf: (range, split) => indexName("idx_conversation_tags", range, split),
  // No class index for (agent, division): so few rows that filtering them is cheaper.
  hasClassIndex: (range) => range.assigned === undefined || range.division === undefined,
};

export const direction = ({ oldestFirst }: ConversationFilter): "ASC" | "DESC" => (oldestFirst ? "ASC" : "DESC");

/** The partial indexes: over conversations with an SLA, and over those whose window is not open. */
type PartialIndex = "sla" | "window";

function partialIndexOf({ sla, window }: ConversationFilter): PartialIndex | undefined {
  if (sla !== undefined && sla !== "not_applicable") return "sla";
  return window !== undefined && window !== "open" ? "window" : undefined;
}

/**
 * Partial indexes start with their status column, followed by the columns of the class indexes. None exists for (agent,
 * division), which has so few rows that filtering them is cheaper.
 */
const withPartialIndex = (name: PartialIndex): Source => ({
  ...CONVERSATIONS,
  indexOf: (range, split) => {
    const by = range.assigned !== undefined ? "_agent" : range.division !== undefined ? "_division" : "";
    return split ? `idx_conversations${by}_${name}_class` : CONVERSATIONS.indexOf(range, false);
  },
});

/**
 * The index that has a range in the list's order: by agent, division, both or neither, with or without the class before
 * the time.
 */
function indexName(prefix: string, { assigned, division }: Range, split: boolean): string {
  const keys = [...(assigned === undefined ? [] : ["agent"]), ...(division === undefined ? [] : ["division"])];
  return [prefix, ...keys, ...(split ? ["class"] : keys.length === 0 ? ["activity"] : [])].join("_");
}

/** The part of the requested conversations that the caller may see, as disjoint ranges. The same rule as `maySee`. */
function visibleRanges(filter: ConversationFilter, visibility: Visibility): Range[] {
  const { assigned, division } = filter;
  const requested = requestedRange(filter);
  if (visibility.all || assigned === "" || (assigned !== undefined && assigned === visibility.agentId))
    return [requested];
  if (division !== undefined && visibility.divisionIds.includes(division)) return [requested];
  const divisions = division === undefined ? visibility.divisionIds : [];
  if (assigned !== undefined) return divisions.map((id) => ({ assigned, division: id }));
  const own = visibility.agentId === null ? [] : [{ ...requested, assigned: visibility.agentId }];
  return [
    ...own,
    { ...requested, assigned: "" },
    ...divisions.map((id) => ({ division: id, exceptAgent: visibility.agentId ?? "" })),
  ];
}

const requestedRange = ({ assigned, division }: ConversationFilter): Range => ({
  ...(assigned !== undefined && { assigned }),
  ...(division !== undefined && { division }),
});

/** The columns with few values, which class indexes have before the time: status, channel, unread. */
type Class = readonly [ConversationStatus, Channel, 0 | 1];
const ALL_CLASSES = CONVERSATION_STATUSES.length * CHANNELS.length * 2;

function classesOf({ status, channel, unread, window }: ConversationFilter): Class[] {
  const statuses = (status ? [status] : CONVERSATION_STATUSES).filter(
    (value) => window === undefined || value !== "resolved",
  );
  const channels = channel ? [channel] : CHANNELS;
  const unreads: (0 | 1)[] = unread === undefined ? [0, 1] : [unread ? 1 : 0];
  return statuses.flatMap((s) => channels.flatMap((c) => unreads.map((u): Class => [s, c, u])));
}

function rangeSql(source: Source, range: Range, filter: ConversationFilter, params: Params, split?: Class): string {
  const where = ["org_id = ?1"];
  if (source !== TAGS)
    where.push(...stateSql(filter, ""), ...(filter.tag === undefined ? [] : [hasTag("id", params.of(filter.tag))]));
  else {
    where.push(`tag = ${params.of(filter.tag!)}`);
    const state = stateSql(filter, "c.");
    if (state.length > 0)
      where.push(`EXISTS (SELECT 1 FROM conversations c WHERE c.id = conversation_id AND ${state.join(" AND ")})`);
  }
  if (range.assigned !== undefined) where.push(`assigned_agent_id = ${params.of(range.assigned)}`);
  if (range.division !== undefined) where.push(`division_id = ${params.of(range.division)}`);
  if (range.exceptAgent !== undefined) where.push(`assigned_agent_id NOT IN ('', ${params.of(range.exceptAgent)})`);
  if (range.visibleTo) where.push(visibleSql(range.visibleTo, (value) => params.of(value), ""));
  // Constants and not input, so they need no parameters.
  if (split) where.push(`status = '${split[0]}' AND channel = '${split[1]}' AND is_unread = ${split[2]}`);
  else {
    if (filter.status) where.push(`status = '${filter.status}'`);
    if (filter.channel) where.push(`channel = '${filter.channel}'`);
    if (filter.unread !== undefined) where.push(`is_unread = ${filter.unread ? 1 : 0}`);
  }
  return `SELECT ${source.columns} FROM ${source.table} INDEXED BY ${source.indexOf(range, split !== undefined)} WHERE ${where.join(" AND ")}`;
}

const hasTag = (id: string, tag: string): string =>
  `EXISTS (SELECT 1 FROM conversation_tags t WHERE t.org_id = ?1 AND t.conversation_id = ${id} AND t.tag = ${tag})`;

/**
 * Conditions of SLA and window status. The values are constants and not input. SQLite uses a partial index only if the
 * statement repeats the index's condition.
 */
export function stateSql({ window, sla }: ConversationFilter, c: string): string[] {
  return [
    ...(sla === undefined ? [] : [`${c}sla_status = '${sla}'`]),
    ...(sla === undefined || sla === "not_applicable" ? [] : [`${c}sla_status <> 'not_applicable'`]),
    ...(window === undefined ? [] : [`${c}window_status = '${window}' AND ${c}status <> 'resolved'`]),
    ...(window === undefined || window === "open" ? [] : [`${c}window_status <> 'open'`]),
  ];
}

/** The bounds of a range in the list's order. At most one lower bound: of two, SQLite may start at the wrong one. */
function boundsSql(
  source: Source,
  filter: ConversationFilter,
  cursor: Cursor | undefined,
  params: Params,
  split?: Class,
): string {
  const since = Math.max(filter.updatedSince ?? 0, (split && filter.openSince?.[split[1]]) ?? 0);
  const isCursorInRange = filter.oldestFirst === true && cursor !== undefined && cursor.at >= since;
  const from = since === 0 || isCursorInRange ? "" : ` AND updated_at >= ${params.of(since)}`;
  const isBeforeRange = filter.oldestFirst === true && !isCursorInRange;
  return (
    from +
    (cursor && !isBeforeRange
      ? ` AND (updated_at, ${source.id}) ${filter.oldestFirst ? ">" : "<"} (${params.of(cursor.at)}, ${params.of(cursor.id)})`
      : "")
  );
}

function merge(terms: readonly string[]): string {
  let level = [...terms];
  while (level.length > MAX_TERMS) {
    const groups = Array.from({ length: Math.ceil(level.length / MAX_TERMS) }, (_, i) =>
      level.slice(i * MAX_TERMS, (i + 1) * MAX_TERMS),
    );
    level = groups.map((group) => (group.length === 1 ? group[0]! : `SELECT * FROM (${group.join(" UNION ALL ")})`));
  }
  return level.join(" UNION ALL ");
}

/** The rule of `maySee` in SQL. `c`: the prefix of the conversation's columns. */
export function visibleSql(visibility: Visibility, bind: (value: string) => string, c = "c."): string {
  if (visibility.all) return "1";
  return `(${c}assigned_agent_id IN ('', ${bind(visibility.agentId ?? "")}) OR ${c}division_id IN (SELECT value FROM json_each(${bind(JSON.stringify(visibility.divisionIds))})))`;
}
