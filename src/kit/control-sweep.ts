import type { PublicCtx } from "./context";
import { budgetOf, type Done, type Sweep, type SweepScope, type SweepSpec } from "./sweep";
import { hasRow, toDone } from "./sweep-tenants";

/**
 * Defines a sweep of the control database. `due` is SQL that returns a row if anything is due (?1 is the time); `work`
 * processes one part and returns the number of rows.
 */
export function controlSweep({
  name,
  long,
  due,
  work,
  budget,
}: SweepSpec & { due: string; work: (ctx: PublicCtx) => Promise<number | Done> }): Sweep {
  const { rows, ms } = budgetOf({ long, budget });
  const isDue = ({ ctx }: SweepScope): Promise<boolean> => hasRow(ctx.control, due, ctx.now());
  return {
    name,
    long: long ?? false,
    isDue,
    run: async (scope) => {
      const endsAt = scope.ctx.now() + ms;
      const total: Done = { done: 0 };
      let isLeft = await isDue(scope);
      while (isLeft && total.done < rows && scope.ctx.now() < endsAt) {
        const part = toDone(await work(scope.ctx));
        total.done += part.done;
        total.error ??= part.error;
        // No progress: the remaining rows failed, and the next run tries again.
        if (part.done === 0) return { ...total, isStarved: false, starvedOrgs: [], servedOrgs: [] };
        isLeft = await isDue(scope);
      }
      return { ...total, isStarved: isLeft, starvedOrgs: [], servedOrgs: [] };
    },
  };
}

const MAX_ROWS_PER_RUN = 5000;

/**
 * Defines a sweep that deletes obsolete rows of a table. ?1 in `where` is the time `keepMs` ago; `key` lists the
 * table's key columns.
 */
export function cleanup({
  name,
  database,
  table,
  key,
  where,
  keepMs,
}: {
  name: string;
  database: "control" | "tenants";
  table: string;
  key: string;
  where: string;
  keepMs: number;
}): Sweep {
  const sql = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${MAX_ROWS_PER_RUN})`;
  return {
    name,
    long: false,
    isDue: async () => true,
    run: async ({ ctx, tenantDatabases }) => {
      const databases = database === "control" ? [ctx.control] : [...tenantDatabases.values()];
      const results = await Promise.all(
        databases.map((d1) =>
          d1
            .prepare(sql)
            .bind(ctx.now() - keepMs)
            .run(),
        ),
      );
      const counts = results.map(({ meta }) => meta.changes);
      const done = counts.reduce((sum, n) => sum + n, 0);
      return { done, isStarved: counts.some((n) => n >= MAX_ROWS_PER_RUN), starvedOrgs: [], servedOrgs: [] };
    },
  };
}
