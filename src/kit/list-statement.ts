import type { Cursor } from "./page";

/** Collects the values of a hand-written statement; equal values share a parameter. ?1 is the tenant. */
export class Params {
  readonly values: (string | number)[] = [];
  of(value: string | number): string {
    const at = this.values.indexOf(value);
    return `?${(at === -1 ? this.values.push(value) : at + 1) + 1}`;
  }
}

export interface Statement {
  sql: string;
  params: (string | number)[];
}

/** In SQL, whether the column has one of the values. */
export const oneOfSql = (column: string, values: readonly string[], bind: (value: string) => string): string =>
  values.length === 1 ? `${column} = ${bind(values[0]!)}` : `${column} IN (${values.map(bind).join(", ")})`;

/** D1's limit for terms of a compound select; a term may be a nested compound select. */
export const MAX_TERMS = 5;

/** In SQL, all rows of the terms. Ordered, SQLite merges them lazily if each is in that order in an index. */
export function unionSql(terms: readonly string[]): string {
  const groups = Array.from({ length: Math.ceil(terms.length / MAX_TERMS) }, (_, i) =>
    terms.slice(i * MAX_TERMS, (i + 1) * MAX_TERMS).join(" UNION ALL "),
  );
  return groups.length === 1 ? groups[0]! : groups.map((group) => `SELECT * FROM (${group})`).join(" UNION ALL ");
}

/**
 * One page of a list, newest first, and one more row that tells whether there is another page. `order` is a time and an
 * id, or one unique column, which are among the selected ones; the cursor has their values. Undefined conditions are
 * omitted. `ranges`: conditions that exclude each other, each with its rows in the order of an index; the list merges
 * them.
 */
export function listStatement(
  params: Params,
  {
    select,
    where,
    ranges = [],
    order,
    cursor,
    limit,
  }: {
    select: string;
    where: readonly (string | undefined)[];
    ranges?: readonly string[] | undefined;
    order: readonly [string] | readonly [string, string];
    cursor?: Cursor | undefined;
    limit: number;
  },
): Statement {
  const position = cursor && [cursor.at, cursor.id].slice(0, order.length).map((value) => params.of(value));
  const conditions = [...where, position && `(${order.join(", ")}) < (${position.join(", ")})`];
  const term = (range?: string): string => `${select} WHERE ${[...conditions, range].filter(Boolean).join(" AND ")}`;
  const isMerged = ranges.length > 1;
  // A merged list is sorted by the names that its terms give to their columns.
  const ordered = order.map((column) => `${isMerged ? column.split(".").at(-1) : column} DESC`).join(", ");
  const rows = isMerged ? `SELECT * FROM (${unionSql(ranges.map(term))})` : term(ranges[0]);
  return { sql: `${rows} ORDER BY ${ordered} LIMIT ${params.of(limit + 1)}`, params: params.values };
}
