import type { OrgRef, PublicCtx, TenantCtx } from "./context";
import { SECOND } from "./clock";
import { logError } from "./log";
import { inParallel } from "./parallel";
import { hasRow, isAnythingDue, sweepTenants, toDone } from "./sweep-tenants";

/**
 * A sweep is work that the clock finds: SQL finds what is due, a verb does it. Sweeps run every minute, sometimes twice at the same time
 * and sometimes not for an hour, so the verb or an object decides whether there is really something to do.
 */
export interface Sweep {
  /** Names the sweep in logs, in its queue message and for the operator. */
  readonly name: string;
  /** Runs in an invocation of its own, which a queue message starts, so that its limits are its own. */
  readonly long: boolean;
  isDue(scope: SweepScope): Promise<boolean>;
  run(scope: SweepScope): Promise<SweepRun>;
}

/** What a run may use. */
export interface SweepScope {
  ctx: PublicCtx;
  tenantDatabases: ReadonlyMap<string, D1Database>;
  tenantContext(org: OrgRef): TenantCtx;
  /** Tenants that the last run served while others had to wait: their turn comes last. */
  servedBefore: ReadonlySet<string>;
}

/** What a run has come to. */
export interface SweepRun {
  done: number;
  /** The first failure; it did not hold up the rest. */
  error?: unknown;
  /** A budget ended with work left. */
  isStarved: boolean;
  /** Tenants with work left, at most a hundred. */
  starvedOrgs: readonly string[];
  servedOrgs: readonly string[];
}

/** Limits of one run: rows taken up and wall time, in total and for each tenant. */
export interface Budget {
  rows: number;
  ms: number;
  tenantRows: number;
  tenantMs: number;
}

const BUDGET: Budget = { rows: 5000, ms: 20 * SECOND, tenantRows: 1000, tenantMs: 10 * SECOND };
/** Less than a minute, so that a long sweep that is always starved does not overlap with itself. */
const LONG_BUDGET: Budget = { ...BUDGET, ms: 45 * SECOND, tenantMs: 20 * SECOND };

/** A row that is due. More columns of the query are given to the verb too. */
export interface DueRow {
  id: string;
  org_id: string;
  country: string | null;
}

/** What was done, and the first failure among what was not. */
export interface Done {
  done: number;
  error?: unknown;
}

interface Common {
  name: string;
  long?: true;
  budget?: Partial<Budget>;
}

/**
 * A sweep of tenants' rows. `due` is SQL over all tenants of a database that gives at least the columns of `DueRow`; ?1 is the time.
 * `work` is called with one tenant's context and some of its due rows. Rows that are due again at once wait for the next run.
 */
export function sweep<C extends TenantCtx, Row extends DueRow = DueRow>({
  name,
  long,
  due,
  work,
  budget,
}: Common & {
  due: string;
  work: (ctx: C, ids: string[], rows: readonly Row[]) => Promise<number | Done>;
}): Sweep {
  const limits = { ...(long ? LONG_BUDGET : BUDGET), ...budget };
  return {
    name,
    long: long ?? false,
    isDue: (scope) => isAnythingDue(scope, due),
    // The composition gives every sweep the context that tenants' verbs take.
    run: (scope) =>
      sweepTenants<Row>(scope, { name, due, budget: limits, work: (ctx, ...rest) => work(ctx as C, ...rest) }),
  };
}

/** A sweep of the control database. `due` is SQL that gives a row while something is due (?1 is the time); `work` does a part of it. */
export function controlSweep({
  name,
  long,
  due,
  work,
  budget,
}: Common & { due: string; work: (ctx: PublicCtx) => Promise<number | Done> }): Sweep {
  const { rows, ms } = { ...(long ? LONG_BUDGET : BUDGET), ...budget };
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
        // What is still due now could not be done.
        if (part.done === 0) return { ...total, isStarved: false, starvedOrgs: [], servedOrgs: [] };
        isLeft = await isDue(scope);
      }
      return { ...total, isStarved: isLeft, starvedOrgs: [], servedOrgs: [] };
    },
  };
}

const MAX_FORGOTTEN = 5000;

/** Deletes rows of a table that are no longer needed. ?1 in `where` is the time `keepMs` ago; `key` is the table's key. */
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
  const sql = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${MAX_FORGOTTEN})`;
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
      return { done, isStarved: counts.some((n) => n >= MAX_FORGOTTEN), starvedOrgs: [], servedOrgs: [] };
    },
  };
}

/** Works on each item by itself: a failure is logged with its `ids` and holds up no other item. */
export async function doEach<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
  { event, ids }: { event: string; ids: (item: T) => Record<string, unknown> },
): Promise<Done> {
  const total: Done = { done: 0 };
  await inParallel(items, atOnce, async (item) => {
    try {
      await work(item);
      total.done++;
    } catch (error) {
      total.error ??= error;
      logError(event, error, ids(item));
    }
  });
  return total;
}
