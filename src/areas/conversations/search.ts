import { listRowidFrom, listRowidOf, rowidIn } from "../../kit/full-text";
import type { Visibility } from "../../domain/context";
import type { Cursor } from "../../kit/page";
import { oneOfSql, Params, type Statement } from "../../kit/list-statement";
import { direction, taggedSql, visibleSql } from "./filter";
import type { ConversationFilter } from "./ranges";

/** An agent in more divisions sees almost every row, so that filtering while reading wastes little. */
const MAX_VISIBLE_DIVISIONS = 20;

/**
 * The list of conversations whose contacts match a search, which have several tags, or which are of some accounts, as one statement that reads only
 * its page. Pure.
 *
 * The full-text index is in the order of the list and has a token for each state that can be filtered by
 * (migrations/tenant/0005_search.sql), so that FTS5 returns only the page. Every condition is also checked against the
 * row, which is authoritative. `org`: the organization's token, which `match` and tags begin with, so that no other
 * tenant's entries are read. `match` undefined: the filter has a tag or an account, whose words are its own.
 */
export function searchStatement(
  org: string,
  match: string | undefined,
  filter: ConversationFilter,
  visibility: Visibility,
  limit: number,
  cursor: Cursor | undefined,
): Statement {
  const params = new Params();
  const bind = (value: string | number): string => params.of(value);
  const { status, channel, account, unread, assigned, division, tags = [], window, sla } = filter;
  const words = [
    ...(match === undefined ? [] : [match]),
    ...tags.map((tag) => tagToken(org, tag)),
    ...stateTokens(filter),
    ...visibilityTokens(visibility),
  ];
  const where = [`conversation_search MATCH ${bind(words.join(" AND "))}`, "c.org_id = ?1"];
  if (status) where.push(oneOfSql("c.status", status, bind));
  if (channel) where.push(oneOfSql("c.channel", channel, bind));
  if (account) where.push(oneOfSql("c.account_id", account, bind));
  if (unread !== undefined) where.push(`c.is_unread = ${unread ? 1 : 0}`);
  if (assigned) where.push(oneOfSql("c.assigned_agent_id", assigned, bind));
  if (division) where.push(oneOfSql("c.division_id", division, bind));
  where.push(...tags.map((tag) => taggedSql(tag, bind)));
  if (window) where.push(`c.window_status = '${window}' AND c.status <> 'resolved'`);
  if (sla) where.push(oneOfSql("c.sla_status", sla, bind));
  if (!visibility.all) where.push(visibleSql(visibility, bind));
  where.push(...boundsSql(filter, cursor, bind));
  return {
    sql: `SELECT c.* FROM conversation_search f CROSS JOIN conversations c ON c.rowid = ${rowidIn("f.rowid")}
      WHERE ${where.join(" AND ")} ORDER BY f.rowid ${direction(filter)} LIMIT ${bind(limit + 1)}`,
    params: params.values,
  };
}

/** A tag of any characters as one token: its JSON in hexadecimal, as the migration makes it. */
export const tagToken = (org: string, tag: string): string => {
  const text = JSON.stringify(tag).slice(1, -1).replaceAll("\\\\", "\u0002").replaceAll('\\"', "\u0001");
  return `"_t${org}${Buffer.from(text).toString("hex")}"`;
};
export const idToken = (kind: "a" | "d" | "k", id: string): string => `"_${kind}${id.replaceAll("-", "")}"`;

export const anyOf = (tokens: readonly string[] = []): string[] =>
  tokens.length === 0 ? [] : [`(${tokens.join(" OR ")})`];

function stateTokens(filter: ConversationFilter): string[] {
  const { status, channel, account, unread, assigned, division, window, sla } = filter;
  return [
    ...anyOf(status?.map((one) => `"_s${one}"`)),
    ...anyOf(channel?.map((one) => `"_c${one}"`)),
    ...anyOf(account?.map((id) => idToken("k", id))),
    ...(unread === undefined ? [] : [`"_u${unread ? 1 : 0}"`]),
    ...anyOf(assigned?.map((id) => idToken("a", id))),
    ...anyOf(division?.map((id) => idToken("d", id))),
    ...(window ? [`"_w${window}"`] : []),
    ...anyOf(sla?.map((one) => `"_l${one}"`)),
  ];
}

function visibilityTokens({ all, agentId, divisionIds }: Visibility): string[] {
  if (all || divisionIds.length > MAX_VISIBLE_DIVISIONS) return [];
  return anyOf([idToken("a", ""), idToken("a", agentId ?? ""), ...divisionIds.map((id) => idToken("d", id))]);
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
