import type { PublicCtx } from "./kit/context";
import { logError } from "./kit/log";
import { keepSweepState } from "./kit/sweep-state";
import type { Sweep } from "./kit/sweep";
import { failedRun, runSweep, scopeOf, statesOf, sweeps } from "./sweeps/run";

/** Sends a sweep to the queue, whose consumer runs it in an invocation of its own. */
const enqueue = async (ctx: PublicCtx, { name }: Sweep): Promise<void> =>
  void (await ctx.env.SWEEPS.send({ kind: "sweep", name }));

/**
 * Runs every sweep independently of the others' failures. A long one is sent to the queue, and only if anything is due.
 */
export async function everyMinute(ctx: PublicCtx, list: readonly Sweep[] = sweeps, start = enqueue): Promise<void> {
  const states = await statesOf(ctx);
  await Promise.all(
    list.map(async (sweep) => {
      const state = states.get(sweep.name);
      if (!sweep.long) return runSweep(ctx, sweep, state);
      try {
        // After a starved run another run is needed to record that nothing is left.
        const wasStarved = (state?.starved_since ?? null) !== null;
        if (wasStarved || (await sweep.isDue(scopeOf(ctx, state)))) await start(ctx, sweep);
      } catch (error) {
        logError(`cron_${sweep.name}`, error);
        await keepSweepState(ctx, sweep, ctx.now(), failedRun(error), state);
      }
    }),
  );
}
