import { listRowidFrom, listRowidOf, rowidIn } from "../../kit/full-text";
import type { Visibility } from "../../domain/context";
import type { Cursor } from "../../kit/page";
import { Params, type Statement } from "../../kit/list-statement";
import { type ConversationFilter, direction, stateSql, visibleSql } from "./filter";

/** Who is in more divisions sees most of what there is: what is read is skipped seldom. */
const MAX_SEEN_DIVISIONS = 20;

/**
 * The list among the conversations of the contacts that a search finds, as one statement whose cost is its page. Pure.
 *
 * The full text stands in the order of the list and has a word for each state that a filter asks for (0005_search.sql), so FTS5 gives
 * the page and nothing else. The row has the last word: each condition is put to it too.
 */
export function searchStatement(
  match: string,
  filter: ConversationFilter,
  sees: Visibility,
  limit: number,
  cursor: Cursor | undefined,
): Statement {
  const params = new Params();
  const bind = (value: string | number): string => params.of(value);
  const { status, channel, unread, assigned, division, tag } = filter;
  const where = [
    `conversation_search MATCH ${bind([match, ...stateWords(filter), ...visibleWords(sees)].join(" AND "))}`,
    "c.org_id = ?1",
    ...stateSql(filter, "c."),
  ];
  if (status) where.push(`c.status = '${status}'`);
  if (channel) where.push(`c.channel = '${channel}'`);
  if (unread !== undefined) where.push(`c.is_unread = ${unread ? 1 : 0}`);
  if (assigned !== undefined) where.push(`c.assigned_agent_id = ${bind(assigned)}`);
  if (division !== undefined) where.push(`c.division_id = ${bind(division)}`);
  if (tag !== undefined) where.push(isTagged(bind(`[${JSON.stringify(tag)}`), bind(`,${JSON.stringify(tag)}`)));
  if (!sees.all) where.push(visibleSql(sees, bind));
  where.push(...boundsSql(filter, cursor, bind));
  return {
    sql: `SELECT c.* FROM conversation_search f CROSS JOIN conversations c ON c.rowid = ${rowidIn("f.rowid")}
      WHERE ${where.join(" AND ")} ORDER BY f.rowid ${direction(filter)} LIMIT ${bind(limit + 1)}`,
    params: params.values,
  };
}

/** A whole element of the row's JSON: a quote inside an element has a backslash before it. */
const isTagged = (first: string, other: string): string =>
  `(instr(c.tag_keys, ${first}) > 0 OR instr(c.tag_keys, ${other}) > 0)`;

const idWord = (kind: "a" | "d", id: string): string => `"_${kind}${id.replaceAll("-", "")}"`;

function stateWords({ status, channel, unread, assigned, division, tag, window, sla }: ConversationFilter): string[] {
  return [
    ...(status ? [`"_s${status}"`] : []),
    ...(channel ? [`"_c${channel}"`] : []),
    ...(unread === undefined ? [] : [`"_u${unread ? 1 : 0}"`]),
    ...(assigned === undefined ? [] : [idWord("a", assigned)]),
    ...(division === undefined ? [] : [idWord("d", division)]),
    ...(window ? [`"_w${window}"`] : []),
    ...(sla ? [`"_l${sla}"`] : []),
    // The tag's words one after the other, as they stand in the row's JSON. One without a word (an emoji) is looked for in the rows.
    ...(tag !== undefined && /[\p{L}\p{N}]/u.test(tag)
      ? [`"${JSON.stringify(tag).slice(1, -1).replaceAll('"', '""')}"`]
      : []),
  ];
}

function visibleWords({ all, agentId, divisionIds }: Visibility): string[] {
  if (all || divisionIds.length > MAX_SEEN_DIVISIONS) return [];
  return [
    `(${[idWord("a", ""), idWord("a", agentId ?? ""), ...divisionIds.map((id) => idWord("d", id))].join(" OR ")})`,
  ];
}

/** One lower bound and no second, as in the list. Of rows of the same millisecond, the cursor's own rowid says where the next page begins. */
function boundsSql(
  { oldestFirst, updatedSince }: ConversationFilter,
  cursor: Cursor | undefined,
  bind: (value: string | number) => string,
): string[] {
  const since = updatedSince === undefined ? [] : [`f.rowid >= ${listRowidFrom(updatedSince, bind)}`];
  if (!cursor || (oldestFirst && updatedSince !== undefined && updatedSince > cursor.at)) return since;
  const place = listRowidOf("conversations", cursor, bind, oldestFirst);
  return oldestFirst ? [`f.rowid > ${place}`] : [...since, `f.rowid < ${place}`];
}
