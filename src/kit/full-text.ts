import { cut } from "./cut";
import type { Cursor } from "./page";

/** The words of a text. Characters of FTS5's query syntax separate words. */
export const tokenize = (text: string): string[] =>
  text.normalize("NFC").match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];

/** The words of a search, at most 16. */
const searchWords = (text: string): string[] =>
  tokenize(text)
    .slice(0, 16)
    .map((word) => cut(word, 64));

const allOf = (terms: readonly string[]): string | undefined => (terms.length === 0 ? undefined : terms.join(" AND "));

/** A search as an FTS5 query: each word quoted, all of them required. Undefined if there is no word. */
export const matchWords = (text: string): string | undefined => allOf(searchWords(text).map((word) => `"${word}"`));

/** An FTS5 query for prefixes of words in a column, within one tenant. */
export function matchPrefixes(orgToken: string, column: string, text: string): string | undefined {
  const match = allOf(searchWords(text).map((word) => `"${word}"*`));
  return match && `org_token : "${orgToken}" AND ${column} : (${match})`;
}

/** The same for an index in which each word begins with the tenant's token. */
export const matchOwnPrefixes = (orgToken: string, text: string): string | undefined =>
  allOf(searchWords(text).map((word) => `"${orgToken}${word}"*`));

/*
 * Full text in the order of a list. List rowid = 40 bits of milliseconds around 2^41 (2022 to 2057) | 24 of the row's
 * own rowid, which suffices for a database of 10 GB. FTS5 returns matches in the order of their rowids.
 */

/** In SQL, the row's own rowid from a list rowid. */
export const rowidIn = (listRowid: string): string => `${listRowid} & 16777215`;

/** In SQL, a time as the upper bits of a list rowid; a time out of range is clamped. */
export const listRowidFrom = (at: number, bind: (value: number) => string): string =>
  `(${bind(Math.min(Math.max(at - 2 ** 41, -(2 ** 39)), 2 ** 39 - 1))} << 24)`;

/**
 * In SQL, the list rowid of a cursor's row. If the row was deleted: the first or last rowid of its millisecond, so that
 * no other row is skipped.
 */
export const listRowidOf = (
  table: string,
  { at, id }: Cursor,
  bind: (value: string | number) => string,
  ascending = false,
): string =>
  `${listRowidFrom(at, bind)} + coalesce((SELECT rowid FROM ${table} WHERE org_id = ?1 AND id = ${bind(id)}), ${ascending ? 0 : 0xffffff})`;
