import { listRowidFrom, listRowidOf, rowidIn } from "../../kit/full-text";
import type { Visibility } from "../../domain/context";
import type { Cursor } from "../../kit/page";
import { Params, type Statement } from "../../kit/list-statement";
import { type ConversationFilter, direction, taggedSql, visibleSql } from "./filter";

/** An agent in more divisions sees almost every row, so that filtering while reading wastes little. */
const MAX_VISIBLE_DIVISIONS = 20;

/**
 * The list of conversations whose contacts match a search, as one statement that reads only its page. Pure.
 *
 * The full-text index is in the order of the list and has a token for each state that can be filtered by
 * (migrations/tenant/0005_search.sql), so that FTS5 returns only the page. Every condition is also checked against the
 * row, which is authoritative.
 */
export function searchStatement(
  match: string,
  filter: ConversationFilter,
  visibility: Visibility,
  limit: number,
  cursor: Cursor | undefined,
): Statement {
  const params = new Params();
  const bind = (value: string | number): string => params.of(value);
  const { status, channel, unread, assigned, division, tag, window, sla } = filter;
  const where = [
    `conversation_search MATCH ${bind([match, ...stateTokens(filter), ...visibilityTokens(visibility)].join(" AND "))}`,
    "c.org_id = ?1",
  ];
  if (status) where.push(`c.status = '${status}'`);
  if (channel) where.push(`c.channel = '${channel}'`);
  if (unread !== undefined) where.push(`c.is_unread = ${unread ? 1 : 0}`);
  if (assigned !== undefined) where.push(`c.assigned_agent_id = ${bind(assigned)}`);
  if (division !== undefined) where.push(`c.division_id = ${bind(division)}`);
  if (tag !== undefined) where.push(taggedSql(tag, bind));
  if (window) where.push(`c.window_status = '${window}' AND c.status <> 'resolved'`);
  if (sla) where.push(`c.sla_status = '${sla}'`);
  if (!visibility.all) where.push(visibleSql(visibility, bind));
  where.push(...boundsSql(filter, cursor, bind));
  return {
    sql: `SELECT c.* FROM conversation_search f CROSS JOIN conversations c ON c.rowid = ${rowidIn("f.rowid")}
      WHERE ${where.join(" AND ")} ORDER BY f.rowid ${direction(filter)} LIMIT ${bind(limit + 1)}`,
    params: params.values,
  };
}

const idToken = (kind: "a" | "d", id: string): string => `"_${kind}${id.replaceAll("-", "")}"`;

function stateTokens({ status, channel, unread, assigned, division, tag, window, sla }: ConversationFilter): string[] {
  return [
    ...(status ? [`"_s${status}"`] : []),
    ...(channel ? [`"_c${channel}"`] : []),
    ...(unread === undefined ? [] : [`"_u${unread ? 1 : 0}"`]),
    ...(assigned === undefined ? [] : [idToken("a", assigned)]),
    ...(division === undefined ? [] : [idToken("d", division)]),
    ...(window ? [`"_w${window}"`] : []),
    ...(sla ? [`"_l${sla}"`] : []),
    // A phrase of the tag's words as they are in the row's JSON. A tag without words (an emoji) is matched in rows
    // only.
    ...(tag !== undefined && /[\p{L}\p{N}]/u.test(tag)
      ? [`"${JSON.stringify(tag).slice(1, -1).replaceAll('"', '""')}"`]
      : []),
  ];
}

function visibilityTokens({ all, agentId, divisionIds }: Visibility): string[] {
  if (all || divisionIds.length > MAX_VISIBLE_DIVISIONS) return [];
  return [
    `(${[idToken("a", ""), idToken("a", agentId ?? ""), ...divisionIds.map((id) => idToken("d", id))].join(" OR ")})`,
  ];
}

/**
 * One lower bound at most, as in the list (`entriesSql` in filter.ts). The rowid of the cursor's row orders rows of the
 * same millisecond.
 */
function boundsSql(
  { oldestFirst, updatedSince }: ConversationFilter,
  cursor: Cursor | undefined,
  bind: (value: string | number) => string,
): string[] {
  const since = updatedSince === undefined ? [] : [`f.rowid >= ${listRowidFrom(updatedSince, bind)}`];
  if (!cursor || (oldestFirst && updatedSince !== undefined && updatedSince > cursor.at)) return since;
  const cursorRowid = listRowidOf("conversations", cursor, bind, oldestFirst);
  return oldestFirst ? [`f.rowid > ${cursorRowid}`] : [...since, `f.rowid < ${cursorRowid}`];
}
