import type { OrgRef, PublicCtx, TenantCtx } from "./context";
import { SECOND } from "./clock";
import { logError } from "./log";
import { inParallel } from "./parallel";
import { isAnythingDue, sweepTenants } from "./sweep-tenants";

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

const SHORT_BUDGET: Budget = { rows: 5000, ms: 20 * SECOND, tenantRows: 1000, tenantMs: 10 * SECOND };
/** Less than a minute, so that a long sweep that is always starved does not overlap with itself. */
const LONG_BUDGET: Budget = { ...SHORT_BUDGET, ms: 45 * SECOND, tenantMs: 20 * SECOND };

export const budgetOf = ({ long, budget }: Pick<SweepSpec, "long" | "budget">): Budget => ({
  ...(long ? LONG_BUDGET : SHORT_BUDGET),
  ...budget,
});

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

/** What a sweep of either kind is defined with. */
export interface SweepSpec {
  name: string;
  long?: true;
  budget?: Partial<Budget>;
}

export interface TenantSweepSpec<C extends TenantCtx, Row extends DueRow> extends SweepSpec {
  /** SQL over all tenants of a database that gives at least the columns of `DueRow`; ?1 is the time. */
  due: string;
  work(ctx: C, ids: string[], rows: readonly Row[]): Promise<number | Done>;
}

/**
 * A sweep of tenants' rows. `work` is called with one tenant's context and some of its due rows. A row that stays due after that waits
 * for the next run.
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
        // The composition gives every sweep the context that tenants' verbs take.
        work: (ctx, ids, rows) => spec.work(ctx as C, ids, rows),
      }),
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
