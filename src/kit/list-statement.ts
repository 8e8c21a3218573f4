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

/**
 * One page of a list, newest first, and one more row that tells whether there is another page. `order` is a time and an
 * id, or one unique column; the cursor has their values. Undefined conditions are omitted.
 */
export function listStatement(
  params: Params,
  {
    select,
    where,
    order,
    cursor,
    limit,
  }: {
    select: string;
    where: readonly (string | undefined)[];
    order: readonly [string] | readonly [string, string];
    cursor?: Cursor | undefined;
    limit: number;
  },
): Statement {
  const position = cursor && [cursor.at, cursor.id].slice(0, order.length).map((value) => params.of(value));
  const conditions = [...where, position && `(${order.join(", ")}) < (${position.join(", ")})`].filter(Boolean);
  const ordered = order.map((column) => `${column} DESC`).join(", ");
  const sql = `${select} WHERE ${conditions.join(" AND ")} ORDER BY ${ordered} LIMIT ${params.of(limit + 1)}`;
  return { sql, params: params.values };
}
