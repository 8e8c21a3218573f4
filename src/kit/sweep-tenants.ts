import type { TenantCtx } from "./context";
import { inTime } from "./in-time";
import { logError } from "./log";
import { inParallel } from "./parallel";
import type { Budget, Done, DueRow, SweepRun, SweepScope } from "./sweep";

/**
 * Shares a run fairly among tenants. In each round, every tenant with due rows has one turn of at most ROWS_PER_TURN
 * rows: a tenant with one row waits for at most one turn of each other tenant. Rounds continue until nothing is due or
 * a budget is exhausted.
 */

interface Spec<Row> {
  name: string;
  due: string;
  budget: Budget;
  work(ctx: TenantCtx, ids: string[], rows: readonly Row[]): Promise<number | Done>;
}

/** The progress of a run, which all databases share. */
interface Progress extends Done {
  /** Number of rows given to `work`. */
  rows: number;
  endsAt: number;
  served: Set<string>;
  starved: Set<string>;
}

const ROWS_PER_TURN = 100;
const TENANTS_PER_ROUND = 100;
const CONCURRENT_TENANTS = 4;
const MAX_STARVED = 100;

export const toDone = (done: number | Done): Done => (typeof done === "number" ? { done } : done);

/** The condition uses ?1, which a statement without the time would leave unbound. */
export const hasRow = async (d1: D1Database, due: string, now: number): Promise<boolean> =>
  (await d1.prepare(`SELECT 1 FROM (${due}) WHERE ?1 IS NOT NULL LIMIT 1`).bind(now).first()) !== null;

export async function isAnythingDue({ ctx, tenantDatabases }: SweepScope, due: string): Promise<boolean> {
  const found = await Promise.all([...tenantDatabases.values()].map((d1) => hasRow(d1, due, ctx.now())));
  return found.includes(true);
}

export async function sweepTenants<Row extends DueRow>(scope: SweepScope, spec: Spec<Row>): Promise<SweepRun> {
  const progress: Progress = {
    done: 0,
    rows: 0,
    endsAt: scope.ctx.now() + spec.budget.ms,
    served: new Set(),
    starved: new Set(),
  };
  await Promise.all(
    [...scope.tenantDatabases].map(async ([name, d1]) => {
      try {
        await new DatabaseSweep(scope, spec, progress, name, d1).run();
      } catch (error) {
        progress.error ??= error;
        logError("cron_sweep", error, { sweep: spec.name, database: name });
      }
    }),
  );
  const { done, error, served, starved } = progress;
  return {
    done,
    error,
    isStarved: starved.size > 0,
    starvedOrgs: [...starved].slice(0, MAX_STARVED),
    servedOrgs: [...served],
  };
}

class DatabaseSweep<Row extends DueRow> {
  /** Ids of rows that this run has processed, whether or not they are still due. */
  readonly #tried = new Set<string>();
  /** Tenants whose work threw; the next run tries again. */
  readonly #failed = new Set<string>();
  readonly #used = new Map<string, { rows: number; ms: number }>();
  /** Tenants that have exhausted their budget. */
  readonly #spent = new Set<string>();

  constructor(
    readonly scope: SweepScope,
    readonly spec: Spec<Row>,
    readonly progress: Progress,
    readonly database: string,
    readonly d1: D1Database,
  ) {}

  get #isOver(): boolean {
    return this.progress.rows >= this.spec.budget.rows || this.scope.ctx.now() >= this.progress.endsAt;
  }

  async run(): Promise<void> {
    let last = this.scope.servedBefore;
    for (let isLeft = true; isLeft && !this.#isOver; last = new Set()) {
      const { turns, isComplete } = await this.#readRound(last);
      await inParallel([...turns], CONCURRENT_TENANTS, async ([orgId, rows]) => this.#takeTurn(orgId, rows));
      isLeft = !isComplete || last.size > 0;
    }
    if (this.#isOver || this.#spent.size > 0) await this.#recordStarved();
  }

  /** Reads one turn for each tenant with due rows, except those in `last`. `isComplete`: no other row is due. */
  async #readRound(last: ReadonlySet<string>): Promise<{ turns: Map<string, Row[]>; isComplete: boolean }> {
    const turns = new Map<string, Row[]>();
    for (let pages = 1; ; pages++) {
      const others = [...last, ...this.#failed, ...this.#spent, ...turns.keys()];
      const rows = await this.#due<Row>("*", others, ROWS_PER_TURN);
      const once = new Map(rows.map((row) => [row.id, row]));
      for (const [orgId, theirs] of Map.groupBy(once.values(), (row) => row.org_id)) turns.set(orgId, theirs);
      if (rows.length < ROWS_PER_TURN) return { turns, isComplete: pages === 1 };
      if (turns.size >= TENANTS_PER_ROUND || this.#isOver) return { turns, isComplete: false };
    }
  }

  async #takeTurn(orgId: string, due: readonly Row[]): Promise<void> {
    const { scope, spec, progress } = this;
    const { budget } = spec;
    const used = this.#used.get(orgId) ?? { rows: 0, ms: 0 };
    const rows = due.slice(0, Math.max(0, Math.min(budget.tenantRows - used.rows, budget.rows - progress.rows)));
    if (rows.length === 0 || this.#isOver) return;
    this.#used.set(orgId, used);
    progress.rows += rows.length;
    used.rows += rows.length;
    progress.served.add(orgId);
    const ids = rows.map((row) => row.id);
    for (const id of ids) this.#tried.add(id);
    const startedAt = scope.ctx.now();
    const late = new Error("the tenant's time is over");
    const org = { id: orgId, tenantDb: this.database, country: rows[0]!.country };
    const work = (async () => spec.work(scope.tenantContext(org), ids, rows))();
    try {
      const ms = Math.min(budget.tenantMs - used.ms, progress.endsAt - startedAt);
      const { done, error } = toDone(await inTime(work, ms, late));
      progress.done += done;
      progress.error ??= error;
    } catch (error) {
      if (error === late) {
        scope.ctx.background(work);
        progress.starved.add(orgId);
        this.#spent.add(orgId);
      } else {
        this.#failed.add(orgId);
        progress.error ??= error;
        logError("cron_sweep", error, { sweep: spec.name, org_id: orgId });
      }
    }
    used.ms += scope.ctx.now() - startedAt;
    if (used.rows >= budget.tenantRows || used.ms >= budget.tenantMs) this.#spent.add(orgId);
  }

  /** Records the tenants that still have due rows. */
  async #recordStarved(): Promise<void> {
    const rows = await this.#due<{ org_id: string }>("DISTINCT org_id", [...this.#failed], MAX_STARVED);
    for (const { org_id: orgId } of rows) this.progress.starved.add(orgId);
  }

  async #due<T>(columns: string, withoutOrgs: readonly string[], limit: number): Promise<T[]> {
    const { results } = await this.d1
      .prepare(
        `SELECT ${columns} FROM (${this.spec.due}) WHERE id NOT IN (SELECT value FROM json_each(?2))
         AND org_id NOT IN (SELECT value FROM json_each(?3)) LIMIT ${limit}`,
      )
      .bind(this.scope.ctx.now(), JSON.stringify([...this.#tried]), JSON.stringify(withoutOrgs))
      .all<T>();
    return results;
  }
}
