import type { PublicCtx } from "./context";
import { cut } from "./cut";
import { describeError, logError } from "./log";
import type { Sweep, SweepRun } from "./sweep";

/** The outcome of a sweep's last run. A run without anything to do is not recorded. */
export interface SweepState {
  name: string;
  ran_at: number;
  done: number;
  took_ms: number;
  starved_since: number | null;
  /** JSON array of organizations' ids, as `served_orgs`. */
  starved_orgs: string;
  served_orgs: string;
  last_error: string | null;
  failed_at: number | null;
}

export async function readSweepStates(ctx: PublicCtx): Promise<Map<string, SweepState>> {
  const { results } = await ctx.control.prepare("SELECT * FROM sweeps ORDER BY name").all<SweepState>();
  return new Map(results.map((row) => [row.name, row]));
}

/**
 * Writes one row if the run did something, failed, was starved, or ended a starvation. The last error stays until the
 * next one. Does not throw: the state is informational.
 */
export async function keepSweepState(...state: Parameters<typeof upsert>): Promise<void> {
  try {
    await upsert(...state);
  } catch (error) {
    logError("cron_states", error);
  }
}

async function upsert(
  ctx: PublicCtx,
  { name }: Sweep,
  startedAt: number,
  run: SweepRun,
  before: SweepState | undefined,
): Promise<void> {
  const hasFailed = run.error !== undefined;
  if (run.done === 0 && !hasFailed && !run.isStarved && (before?.starved_since ?? null) === null) return;
  await ctx.control
    .prepare(
      `INSERT INTO sweeps (name, ran_at, done, took_ms, starved_since, starved_orgs, served_orgs, last_error, failed_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT DO UPDATE SET ran_at = excluded.ran_at, done = excluded.done, took_ms = excluded.took_ms,
         starved_since = iif(excluded.starved_since IS NULL, NULL, coalesce(starved_since, excluded.starved_since)),
         starved_orgs = excluded.starved_orgs, served_orgs = excluded.served_orgs,
         last_error = coalesce(excluded.last_error, last_error), failed_at = coalesce(excluded.failed_at, failed_at)`,
    )
    .bind(
      name,
      startedAt,
      run.done,
      ctx.now() - startedAt,
      run.isStarved ? startedAt : null,
      JSON.stringify(run.starvedOrgs),
      JSON.stringify(run.isStarved ? run.servedOrgs : []),
      hasFailed ? cut(describeError(run.error).split("\n")[0]!, 500) : null,
      hasFailed ? startedAt : null,
    )
    .run();
}
