import type { TenantCtx } from "./context";
import { inTime } from "./in-time";
import { logError } from "./log";
import { inParallel } from "./parallel";
import type { Budget, Done, DueRow, SweepRun, SweepScope } from "./sweep";

/**
 * Shares a run among tenants. A round gives every tenant with due rows one turn of a bounded number of rows, so that a tenant with one
 * row waits for one turn of the others, however much they have. Rounds go on until nothing is left or a budget has ended.
 */

interface Spec<Row> {
  name: string;
  due: string;
  budget: Budget;
  work(ctx: TenantCtx, ids: string[], rows: readonly Row[]): Promise<number | Done>;
}

/** Of a whole run; databases are swept at the same time and share it. */
interface Progress extends Done {
  /** Rows taken up. */
  rows: number;
  endsAt: number;
  served: Set<string>;
  starved: Set<string>;
}

const ROWS_A_TURN = 100;
const TENANTS_A_ROUND = 100;
const TENANTS_AT_ONCE = 4;
const MAX_STARVED = 100;

export const toDone = (done: number | Done): Done => (typeof done === "number" ? { done } : done);

/** The condition is for a statement that does not use the time: a parameter must occur. */
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
  /** Ids of rows that had their chance in this run. */
  readonly #tried = new Set<string>();
  /** Tenants whose work failed: the next run tries again. */
  readonly #failed = new Set<string>();
  readonly #used = new Map<string, { rows: number; ms: number }>();
  /** Tenants that have used up their budget. */
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
      await inParallel([...turns], TENANTS_AT_ONCE, async ([orgId, rows]) => this.#takeTurn(orgId, rows));
      isLeft = !isComplete || last.size > 0;
    }
    if (this.#isOver || this.#spent.size > 0) await this.#noteStarved();
  }

  /** One turn of each tenant that has something due, but for `last`. Complete: nothing else is due. */
  async #readRound(last: ReadonlySet<string>): Promise<{ turns: Map<string, Row[]>; isComplete: boolean }> {
    const turns = new Map<string, Row[]>();
    for (let pages = 1; ; pages++) {
      const others = [...last, ...this.#failed, ...this.#spent, ...turns.keys()];
      const rows = await this.#due<Row>("*", others, ROWS_A_TURN);
      const once = new Map(rows.map((row) => [row.id, row]));
      for (const [orgId, theirs] of Map.groupBy(once.values(), (row) => row.org_id)) turns.set(orgId, theirs);
      if (rows.length < ROWS_A_TURN) return { turns, isComplete: pages === 1 };
      if (turns.size >= TENANTS_A_ROUND || this.#isOver) return { turns, isComplete: false };
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

  /** Finds who has work left that had no turn. */
  async #noteStarved(): Promise<void> {
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
