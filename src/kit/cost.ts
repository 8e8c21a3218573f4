/** The cost of a request, counted at the bindings so that no access is missed. Sent as Server-Timing in development. */
export class Cost {
  queries = 0;
  rowsRead = 0;
  rowsWritten = 0;
  objectCalls = 0;
  /** Total duration of statements as reported by D1, in milliseconds. */
  d1Ms = 0;

  add(meta: { rows_read?: number; rows_written?: number; duration?: number } | undefined): void {
    this.d1Ms += meta?.duration ?? 0;
    this.rowsRead += meta?.rows_read ?? 0;
    this.rowsWritten += meta?.rows_written ?? 0;
  }

  /** Adds what an object spent on this request. */
  merge(spent: { queries: number; rowsRead: number; rowsWritten: number }): void {
    this.queries += spent.queries;
    this.rowsRead += spent.rowsRead;
    this.rowsWritten += spent.rowsWritten;
  }

  toServerTiming(): string {
    const figure = (name: string, n: number): string => `${name};desc="${n}"`;
    return [
      figure("d1_queries", this.queries),
      figure("d1_rows_read", this.rowsRead),
      figure("d1_rows_written", this.rowsWritten),
      figure("object_calls", this.objectCalls),
      `d1;dur=${this.d1Ms.toFixed(3)}`,
    ].join(", ");
  }
}

const inner = Symbol("statement");
type Metered = D1PreparedStatement & { [inner]: D1PreparedStatement };

/** Wraps a database so that round trips and rows are counted. A batch is one round trip. */
export function meteredD1(d1: D1Database | D1DatabaseSession, cost: Cost): D1Database {
  const wrap = (statement: D1PreparedStatement): Metered => {
    const all = async (): Promise<D1Result> => {
      cost.queries++;
      const result = await statement.all();
      cost.add(result.meta);
      return result;
    };
    return {
      [inner]: statement,
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all,
      run: all,
      first: async (column?: string) => {
        const row = (await all()).results[0] as Record<string, unknown> | undefined;
        if (!row) return null;
        return column === undefined ? row : row[column];
      },
      // D1's `raw` has no meta. Objects keep the order of columns; the names are unique, as the statement reads one
      // table.
      raw: async () => (await all()).results.map((row) => Object.values(row as object)),
    } as unknown as Metered;
  };
  return {
    prepare: (sql: string) => wrap(d1.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      cost.queries++;
      const results = await d1.batch(statements.map((s) => (s as Metered)[inner] ?? s));
      for (const result of results) cost.add(result.meta);
      return results;
    },
  } as unknown as D1Database;
}
