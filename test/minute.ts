import { everyMinute as everyMinuteByQueue } from "../src/cron";
import type { PublicCtx } from "../src/kit/context";
import { runSweep } from "../src/sweeps/run";

/** The minute with all its work done when it returns: long sweeps run here and not through their queue. */
export const everyMinute = (ctx: PublicCtx): Promise<void> =>
  everyMinuteByQueue(ctx, undefined, (_, sweep) => runSweep(ctx, sweep, undefined));
