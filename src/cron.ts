import { systemContext } from "./areas/access/authenticate";
import { tenantDatabases } from "./config";
import type { PublicCtx } from "./kit/context";
import { logError, logInfo, logWarning } from "./kit/log";
import type { Sweep, SweepRun, SweepScope } from "./kit/sweep";
import { keepSweepState, readSweepStates, type SweepState } from "./kit/sweep-state";
import { sweeps } from "./sweeps";

/** Sends a sweep to the queue, whose consumer runs it in an invocation of its own. */
const enqueue = async (ctx: PublicCtx, { name }: Sweep): Promise<void> =>
  void (await ctx.env.SWEEPS.send({ kind: "sweep", name }));

/** Runs every sweep by itself: a sweep that fails is logged and holds up no other. A long one is only started, if it has something to do. */
export async function everyMinute(ctx: PublicCtx, list: readonly Sweep[] = sweeps, start = enqueue): Promise<void> {
  const states = await statesOf(ctx);
  await Promise.all(
    list.map(async (sweep) => {
      const state = states.get(sweep.name);
      if (!sweep.long) return runSweep(ctx, sweep, state);
      try {
        const wasStarved = (state?.starved_since ?? null) !== null;
        if (wasStarved || (await sweep.isDue(scopeOf(ctx, state)))) await start(ctx, sweep);
      } catch (error) {
        logError(`cron_${sweep.name}`, error);
        await keepState(ctx, sweep, ctx.now(), failedRun(error), state);
      }
    }),
  );
}

/** Runs one sweep by its name, for the queue. */
export async function runNamedSweep(ctx: PublicCtx, name: string): Promise<void> {
  const sweep = sweeps.find((one) => one.name === name);
  // During a deploy the other version may know a sweep that this one does not.
  if (!sweep) return logError("cron_sweep", "unknown sweep", { sweep: name });
  await runSweep(ctx, sweep, (await statesOf(ctx)).get(name));
}

/** Never throws: the next minute finds again what is left. */
export async function runSweep(ctx: PublicCtx, sweep: Sweep, before: SweepState | undefined): Promise<void> {
  const startedAt = ctx.now();
  const run = await sweep.run(scopeOf(ctx, before)).catch((error: unknown): SweepRun => {
    logError(`cron_${sweep.name}`, error);
    return failedRun(error);
  });
  if (run.done > 0) logInfo(`cron_${sweep.name}`, { done: run.done });
  if (run.isStarved) logWarning("cron_starved", { sweep: sweep.name, org_ids: run.starvedOrgs });
  await keepState(ctx, sweep, startedAt, run, before);
}

const failedRun = (error: unknown): SweepRun => ({
  done: 0,
  error,
  isStarved: false,
  starvedOrgs: [],
  servedOrgs: [],
});

const scopeOf = (ctx: PublicCtx, state: SweepState | undefined): SweepScope => ({
  ctx,
  tenantDatabases: tenantDatabases(ctx.env),
  tenantContext: (org) => systemContext(ctx, org),
  servedBefore: new Set(state ? (JSON.parse(state.served_orgs) as string[]) : []),
});

async function statesOf(ctx: PublicCtx): Promise<Map<string, SweepState>> {
  try {
    return await readSweepStates(ctx);
  } catch (error) {
    logError("cron_states", error);
    return new Map();
  }
}

async function keepState(...state: Parameters<typeof keepSweepState>): Promise<void> {
  try {
    await keepSweepState(...state);
  } catch (error) {
    logError("cron_states", error);
  }
}
