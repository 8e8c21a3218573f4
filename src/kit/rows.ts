/** Many rows in one statement, bound as one JSON array in ?2. Pure. */

/**
 * The array's elements as rows `r`: `SELECT r.value ->> 'id' FROM ${ROWS}`. `LIMIT -1` has no effect on the result, but
 * keeps SQLite from flattening the subquery: each element is serialised once, and not once for each column.
 */
export const ROWS = "(SELECT value FROM json_each(?2) LIMIT -1) r";

/**
 * INSERT of the JSON rows. A column takes the field of the same name; a pair gives the column and its expression.
 * `end`: conflict clauses.
 */
export function insertRows(
  table: string,
  columns: readonly (string | readonly [column: string, expression: string])[],
  { or = "", where = "true", end = "" }: { or?: "OR IGNORE" | ""; where?: string; end?: string } = {},
): string {
  const pairs = columns.map((column) => (typeof column === "string" ? ([column, fieldOf(column)] as const) : column));
  return `INSERT ${or} INTO ${table} (org_id, ${pairs.map(([column]) => column).join(", ")})
    SELECT ?1, ${pairs.map(([, expression]) => expression).join(", ")} FROM ${ROWS} WHERE ${where} ${end}`;
}

/** In SQL, a field of a row of ROWS. */
export const fieldOf = (field: string): string => `r.value ->> '${field}'`;
/** The same for a field with an array or object, as JSON. */
export const jsonOf = (field: string): string => `json_extract(r.value, '$.${field}')`;

/** Characters of UTF-16. A parameter of D1 has at most 2,000,000 bytes. */
const MAX_STATEMENT_CHARS = 500_000;

/** JSON texts of rows as JSON arrays for ROWS, in their order and as few as D1's limits allow. */
export function arraysOf(texts: readonly string[]): string[] {
  const arrays: string[][] = [];
  let chars = Infinity;
  for (const text of texts) {
    if (chars + text.length > MAX_STATEMENT_CHARS) {
      arrays.push([]);
      chars = 0;
    }
    arrays.at(-1)!.push(text);
    chars += text.length;
  }
  return arrays.map((array) => `[${array.join(",")}]`);
}
