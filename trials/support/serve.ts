/** The platform as a process of its own, so that it can be killed. Its options are JSON, in the first argument. */
import { type PlatformOptions, startPlatform } from "../../scripts/platform.ts";

/** How often the minute's work is done, where a trial is about it: twice at once each time, since that must do no harm. */
export interface ServeOptions extends PlatformOptions {
  cronEveryMs?: number;
}

const { cronEveryMs, ...options } = JSON.parse(process.argv[2]!) as ServeOptions;
const platform = await startPlatform(options);
process.stdout.write(`${JSON.stringify({ url: platform.url })}\n`);
// One that fails is followed by the next.
if (cronEveryMs) setInterval(() => void Promise.allSettled([platform.runCron(), platform.runCron()]), cronEveryMs);
// What ends the parent, whatever that is, ends this one too.
process.stdin.resume();
process.stdin.on("end", () => void platform.close().finally(() => process.exit(0)));
