import { CHANNELS, type Channel } from "../../channels/channel";
import { CONVERSATION_STATUSES, type ConversationStatus } from "../../domain/conversation/state";
import type { SlaStatus } from "../../domain/sla";
import type { WindowStatus } from "../../domain/window";
import type { Visibility } from "../../domain/context";
import { Params, type Statement } from "../../kit/list-statement";
import type { Cursor } from "../../kit/page";

/**
 * A list of conversations as one statement whose cost is its page. Pure.
 *
 * Every filter becomes a set of disjoint ranges, each in the order of the list in one index; SQLite merges them lazily, so that
 * it reads the rows of the page and one more of each range, however many conversations there are (docs/adr/0005).
 */
export interface ConversationFilter {
  status?: ConversationStatus;
  channel?: Channel;
  /** An agent's id; "" for unassigned. */
  assigned?: string;
  division?: string;
  /** Lower-cased. */
  tag?: string;
  unread?: boolean;
  updatedSince?: number;
  /** Of what is not resolved. */
  window?: WindowStatus;
  /** Where only open windows are asked for: a conversation without activity since then has none, by channel. */
  openSince?: Partial<Record<Channel, number>>;
  sla?: SlaStatus;
  oldestFirst?: boolean;
}

/** The condition of one range: equal to these, and then the rest. */
interface Range {
  assigned?: string;
  division?: string;
  /** A division's conversations without those that are in another range already: unassigned, or this agent's. */
  butNotOf?: string;
  /** Only what this caller may see, where that would be too many ranges. */
  seenBy?: Visibility;
}

/** D1 takes five terms in a compound select; a term may be one itself. */
const MAX_TERMS = 5;
/** Beyond this many ranges a row is cheaper to skip than a range to open. */
const MAX_RANGES = 90;
/** D1 takes 100 parameters, and most ranges bring one. Who is in so many divisions sees most of what there is: what is read is skipped seldom. */
const MAX_SEEN_RANGES = 60;

export function listStatement(
  filter: ConversationFilter,
  sees: Visibility,
  limit: number,
  cursor: Cursor | undefined,
): Statement {
  const params = new Params();
  const mark = markOf(filter);
  const source = mark ? marked(mark) : filter.tag === undefined ? CONVERSATIONS : TAGS;
  const found = visibleRanges(filter, sees);
  const ranges = found.length <= MAX_SEEN_RANGES ? found : [{ ...askedRange(filter), seenBy: sees }];
  const classes = classesOf(filter);
  if (ranges.length === 0 || classes.length === 0)
    return { sql: "SELECT * FROM conversations WHERE org_id = ?1 AND updated_at < 0", params: [] };
  const split = (mark !== undefined || classes.length < ALL_CLASSES) && ranges.length * classes.length <= MAX_RANGES;
  const termOf = (range: Range, one?: Class): string =>
    rangeSql(source, range, filter, params, one) + boundsSql(source, filter, cursor, params, one);
  const terms = ranges.flatMap((range) =>
    split && source.splits(range) ? classes.map((one) => termOf(range, one)) : [termOf(range)],
  );
  const order = `ORDER BY updated_at ${direction(filter)}, ${source.id} ${direction(filter)} LIMIT ${params.of(limit + 1)}`;
  return { sql: source.wrap(`${merge(terms)} ${order}`, direction(filter)), params: params.values };
}

interface Source {
  table: string;
  id: string;
  columns: string;
  wrap(sql: string, direction: string): string;
  indexOf(range: Range, split: boolean): string;
  /** Whether it has an index by class for such a range. */
  splits(range: Range): boolean;
}

const CONVERSATIONS: Source = {
  table: "conversations",
  id: "id",
  columns: "*",
  wrap: (sql) => sql,
  indexOf: (range, split) => indexName("idx_conversations", range, split),
  splits: () => true,
};

const TAGS: Source = {
  table: "conversation_tags",
  id: "conversation_id",
  columns: "conversation_id, updated_at",
  wrap: (sql, way) =>
    `SELECT c.* FROM (${sql}) t CROSS JOIN conversations c ON c.id = t.conversation_id WHERE c.org_id = ?1 ORDER BY t.updated_at ${way}, t.conversation_id ${way}`,
  indexOf: (range, split) => indexName("idx_conversation_tags", range, split),
  // Of an agent's in one division there are few enough.
  splits: (range) => range.assigned === undefined || range.division === undefined,
};

/** Every index is read from either end. */
export const direction = ({ oldestFirst }: ConversationFilter): "ASC" | "DESC" => (oldestFirst ? "ASC" : "DESC");

/** What only a part of all conversations has, with indexes over those alone: an SLA that runs or ran, a window that is not open. */
type Mark = "sla" | "window";

function markOf({ sla, window }: ConversationFilter): Mark | undefined {
  if (sla !== undefined && sla !== "not_applicable") return "sla";
  return window !== undefined && window !== "open" ? "window" : undefined;
}

/** Its indexes begin with what they mark and then are like those by class. Of an agent's in one division there are few enough. */
const marked = (mark: Mark): Source => ({
  ...CONVERSATIONS,
  indexOf: (range, split) => {
    const by = range.assigned !== undefined ? "_agent" : range.division !== undefined ? "_division" : "";
    return split ? `idx_conversations${by}_${mark}_class` : CONVERSATIONS.indexOf(range, false);
  },
});

/** The index that holds a range in the list's order: of an agent, of a division, of both or of neither, with the classes before the time or without. */
function indexName(prefix: string, { assigned, division }: Range, split: boolean): string {
  const of = [...(assigned === undefined ? [] : ["agent"]), ...(division === undefined ? [] : ["division"])];
  return [prefix, ...of, ...(split ? ["class"] : of.length === 0 ? ["activity"] : [])].join("_");
}

/** What the caller may see of what was asked for, in ranges without a row in common: the same rule as `maySee`. */
function visibleRanges(filter: ConversationFilter, sees: Visibility): Range[] {
  const { assigned, division } = filter;
  const asked = askedRange(filter);
  if (sees.all || assigned === "" || (assigned !== undefined && assigned === sees.agentId)) return [asked];
  if (division !== undefined && sees.divisionIds.includes(division)) return [asked];
  const divisions = division === undefined ? sees.divisionIds : [];
  if (assigned !== undefined) return divisions.map((id) => ({ assigned, division: id }));
  const own = sees.agentId === null ? [] : [{ ...asked, assigned: sees.agentId }];
  return [
    ...own,
    { ...asked, assigned: "" },
    ...divisions.map((id) => ({ division: id, butNotOf: sees.agentId ?? "" })),
  ];
}

const askedRange = ({ assigned, division }: ConversationFilter): Range => ({
  ...(assigned !== undefined && { assigned }),
  ...(division !== undefined && { division }),
});

type Class = readonly [ConversationStatus, Channel, 0 | 1];
const ALL_CLASSES = CONVERSATION_STATUSES.length * CHANNELS.length * 2;

function classesOf({ status, channel, unread, window }: ConversationFilter): Class[] {
  const statuses = (status ? [status] : CONVERSATION_STATUSES).filter(
    (one) => window === undefined || one !== "resolved",
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
  if (range.butNotOf !== undefined) where.push(`assigned_agent_id NOT IN ('', ${params.of(range.butNotOf)})`);
  if (range.seenBy) where.push(visibleSql(range.seenBy, (value) => params.of(value), ""));
  // These three are words of ours and no input: they may stand in the statement.
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

/** Words of ours and no input. An index over a part is only taken where the statement says which part. */
export function stateSql({ window, sla }: ConversationFilter, c: string): string[] {
  return [
    ...(sla === undefined ? [] : [`${c}sla_status = '${sla}'`]),
    ...(sla === undefined || sla === "not_applicable" ? [] : [`${c}sla_status <> 'not_applicable'`]),
    ...(window === undefined ? [] : [`${c}window_status = '${window}' AND ${c}status <> 'resolved'`]),
    ...(window === undefined || window === "open" ? [] : [`${c}window_status <> 'open'`]),
  ];
}

/** From where in its order a range is read, and to where. One lower bound and no second: SQLite would begin at the wrong one. */
function boundsSql(
  source: Source,
  filter: ConversationFilter,
  cursor: Cursor | undefined,
  params: Params,
  split?: Class,
): string {
  const since = Math.max(filter.updatedSince ?? 0, (split && filter.openSince?.[split[1]]) ?? 0);
  const isBehind = filter.oldestFirst === true && cursor !== undefined && cursor.at >= since;
  const from = since === 0 || isBehind ? "" : ` AND updated_at >= ${params.of(since)}`;
  const isBefore = filter.oldestFirst === true && !isBehind;
  return (
    from +
    (cursor && !isBefore
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

/** The rule of `maySee` as a condition on the conversation that is called `c`. */
export function visibleSql(sees: Visibility, bind: (value: string) => string, c = "c."): string {
  if (sees.all) return "1";
  return `(${c}assigned_agent_id IN ('', ${bind(sees.agentId ?? "")}) OR ${c}division_id IN (SELECT value FROM json_each(${bind(JSON.stringify(sees.divisionIds))})))`;
}
