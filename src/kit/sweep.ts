import type { OrgRef, PublicCtx, TenantCtx } from "./context";
import { SECOND } from "./clock";
import { logError } from "./log";
import { inParallel } from "./parallel";
import { isAnythingDue, sweepTenants } from "./sweep-tenants";

/**
 * A sweep is periodic work: SQL finds due rows, a verb processes them. Sweeps run every minute, sometimes concurrently
 * and sometimes not for an hour, so the verb or an object decides whether there is anything to do.
 */
export interface Sweep {
  /** Names the sweep in logs, in its queue message and for the operator. */
  readonly name: string;
  /** Started by a queue message in an invocation of its own, and thus with limits of its own. */
  readonly long: boolean;
  isDue(scope: SweepScope): Promise<boolean>;
  run(scope: SweepScope): Promise<SweepRun>;
}

/** The inputs of a run. */
export interface SweepScope {
  ctx: PublicCtx;
  tenantDatabases: ReadonlyMap<string, D1Database>;
  tenantContext(org: OrgRef): TenantCtx;
  /** Tenants that the last run served while others were starved: their turn comes last. */
  servedBefore: ReadonlySet<string>;
}

/** The result of a run. */
export interface SweepRun {
  done: number;
  /** The first failure; it did not stop the rest. */
  error?: unknown;
  /** A budget was exhausted with rows still due. */
  isStarved: boolean;
  /** Tenants with rows still due, at most a hundred. */
  starvedOrgs: readonly string[];
  servedOrgs: readonly string[];
}

/** Limits of one run: rows and milliseconds, in total and per tenant. */
export interface Budget {
  rows: number;
  ms: number;
  tenantRows: number;
  tenantMs: number;
}

const SHORT_BUDGET: Budget = { rows: 5000, ms: 20 * SECOND, tenantRows: 1000, tenantMs: 10 * SECOND };
/** Less than a minute, so that a starved sweep does not overlap with its next run. */
const LONG_BUDGET: Budget = { ...SHORT_BUDGET, ms: 45 * SECOND, tenantMs: 20 * SECOND };

export const budgetOf = ({ long, budget }: Pick<SweepSpec, "long" | "budget">): Budget => ({
  ...(long ? LONG_BUDGET : SHORT_BUDGET),
  ...budget,
});

/** A due row. `work` receives the query's other columns too. */
export interface DueRow {
  id: string;
  org_id: string;
  country: string | null;
}

/** Number of processed rows, and the first failure. */
export interface Done {
  done: number;
  error?: unknown;
}

/** The options of both kinds of sweep. */
export interface SweepSpec {
  name: string;
  long?: true;
  budget?: Partial<Budget>;
}

export interface TenantSweepSpec<C extends TenantCtx, Row extends DueRow> extends SweepSpec {
  /** SQL over all tenants of a database that returns at least the columns of `DueRow`; ?1 is the time. */
  due: string;
  work(ctx: C, ids: string[], rows: readonly Row[]): Promise<number | Done>;
}

/**
 * Defines a sweep of tenants' rows. `work` receives one tenant's context and some of its due rows. A row that is still
 * due afterwards waits for the next run.
 */
export function sweep<C extends TenantCtx, Row extends DueRow = DueRow>(spec: TenantSweepSpec<C, Row>): Sweep {
  const { name, long, due } = spec;
  return {
    name,
    long: long ?? false,
    isDue: (scope) => isAnythingDue(scope, due),
    run: (scope) =>
      sweepTenants<Row>(scope, {
        name,
        due,
        budget: budgetOf(spec),
        // The composition passes the context that tenants' verbs take.
        work: (ctx, ids, rows) => spec.work(ctx as C, ids, rows),
      }),
  };
}

/** Processes each item independently: a failure is logged with its `ids` and does not stop the others. */
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
