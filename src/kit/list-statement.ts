import type { Cursor } from "./page";

/** Binds values of a statement by hand, each once. ?1 is the tenant. */
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
 * One page of a list, newest first, with the row behind it that tells whether there are more. `order` is a time and an id, or a column
 * that no two rows share; the cursor has its values. Conditions that are undefined are left out.
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
  const place = cursor && [cursor.at, cursor.id].slice(0, order.length).map((value) => params.of(value));
  const conditions = [...where, place && `(${order.join(", ")}) < (${place.join(", ")})`].filter(Boolean);
  const ordered = order.map((column) => `${column} DESC`).join(", ");
  const sql = `${select} WHERE ${conditions.join(" AND ")} ORDER BY ${ordered} LIMIT ${params.of(limit + 1)}`;
  return { sql, params: params.values };
}
