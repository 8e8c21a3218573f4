import { systemContext } from "../areas/access/authenticate";
import { tenantDatabases } from "../config";
import type { PublicCtx } from "../kit/context";
import { logError, logInfo, logWarning } from "../kit/log";
import type { Sweep, SweepRun, SweepScope } from "../kit/sweep";
import { keepSweepState, readSweepStates, type SweepState } from "../kit/sweep-state";
import { sweeps as areaSweeps } from "../composition";
import { drainDueEvents } from "../effects/drain";

/** Every sweep: those of the areas, and the outbox's. */
export const sweeps: readonly Sweep[] = [...areaSweeps, drainDueEvents];

/** Runs a long sweep by its name, for the queue's consumer. An unknown name is logged. */
export async function runNamedSweep(ctx: PublicCtx, name: string): Promise<void> {
  const sweep = sweeps.find((one) => one.name === name);
  // During a deploy the message may come from a version that has more sweeps.
  if (!sweep) return logError("cron_sweep", "unknown sweep", { sweep: name });
  await runSweep(ctx, sweep, (await statesOf(ctx)).get(name));
}

/** Runs a sweep and stores its state. Never throws, since the next minute finds the remaining work again. */
export async function runSweep(ctx: PublicCtx, sweep: Sweep, before: SweepState | undefined): Promise<void> {
  const startedAt = ctx.now();
  const run = await sweep.run(scopeOf(ctx, before)).catch((error: unknown) => {
    logError(`cron_${sweep.name}`, error);
    return failedRun(error);
  });
  if (run.done > 0) logInfo(`cron_${sweep.name}`, { done: run.done });
  if (run.isStarved) logWarning("cron_starved", { sweep: sweep.name, org_ids: run.starvedOrgs });
  await keepSweepState(ctx, sweep, startedAt, run, before);
}

export const failedRun = (error: unknown): SweepRun => ({
  done: 0,
  error,
  isStarved: false,
  starvedOrgs: [],
  servedOrgs: [],
});

export const scopeOf = (ctx: PublicCtx, state: SweepState | undefined): SweepScope => ({
  ctx,
  tenantDatabases: tenantDatabases(ctx.env),
  tenantContext: (org) => systemContext(ctx, org),
  servedBefore: new Set(state ? (JSON.parse(state.served_orgs) as string[]) : []),
});

/** The stored state of each sweep by name; empty while the control database fails, so that sweeps run without it. */
export async function statesOf(ctx: PublicCtx): Promise<Map<string, SweepState>> {
  try {
    return await readSweepStates(ctx);
  } catch (error) {
    logError("cron_states", error);
    return new Map();
  }
}
