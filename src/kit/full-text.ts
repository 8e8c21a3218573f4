import { cut } from "./cut";
import type { Cursor } from "./page";

/** A text's words. Characters that FTS5 would read as syntax separate them. */
export const tokenize = (text: string): string[] =>
  text.normalize("NFC").match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];

/** The words of a search: 16 at most. */
const searchWords = (text: string): string[] =>
  tokenize(text)
    .slice(0, 16)
    .map((word) => cut(word, 64));

const allOf = (terms: readonly string[]): string | undefined => (terms.length === 0 ? undefined : terms.join(" AND "));

/** A search as FTS5 understands it: each word quoted, all of them needed. Undefined when no word is left. */
export const matchWords = (text: string): string | undefined => allOf(searchWords(text).map((word) => `"${word}"`));

/** Beginnings of words in a column, within one tenant. */
export function matchPrefixes(orgToken: string, column: string, text: string): string | undefined {
  const match = allOf(searchWords(text).map((word) => `"${word}"*`));
  return match && `org_token : "${orgToken}" AND ${column} : (${match})`;
}

/** Beginnings of words where each word begins with the tenant's token. */
export const matchOwnPrefixes = (orgToken: string, text: string): string | undefined =>
  allOf(searchWords(text).map((word) => `"${orgToken}${word}"*`));

/*
 * Full text in the order of a list. List rowid = 40 bits of milliseconds around 2^41 (2022 to 2057) | 24 of the row's own rowid, which no
 * database of 10 GB can have more of. FTS5 gives what it finds in the order of its rowids.
 */

/** In SQL, the row's own rowid in a list rowid. */
export const rowidIn = (listRowid: string): string => `${listRowid} & 16777215`;

/** In SQL, a time as the upper bits of a list rowid; times out of range give the first or the last. */
export const listRowidFrom = (at: number, bind: (value: number) => string): string =>
  `(${bind(Math.min(Math.max(at - 2 ** 41, -(2 ** 39)), 2 ** 39 - 1))} << 24)`;

/** In SQL, the list rowid of a cursor's row. If the row is gone: the first or the last of its millisecond, so that no other row is left out. */
export const listRowidOf = (
  table: string,
  { at, id }: Cursor,
  bind: (value: string | number) => string,
  ascending = false,
): string =>
  `${listRowidFrom(at, bind)} + coalesce((SELECT rowid FROM ${table} WHERE org_id = ?1 AND id = ${bind(id)}), ${ascending ? 0 : 0xffffff})`;
