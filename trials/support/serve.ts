/**
 * Runs the platform in a process of its own, so that a trial can kill it. The first argument has the options as JSON.
 */
import { type PlatformOptions, startPlatform } from "../../scripts/platform.ts";

/** `cronEveryMs`: the interval of cron runs. Each runs twice concurrently, since that must be harmless. */
export interface ServeOptions extends PlatformOptions {
  cronEveryMs?: number;
}

const { cronEveryMs, ...options } = JSON.parse(process.argv[2]!) as ServeOptions;
const platform = await startPlatform(options);
process.stdout.write(`${JSON.stringify({ url: platform.url })}\n`);
// A failed run is ignored, since the next repeats its work.
if (cronEveryMs) setInterval(() => void Promise.allSettled([platform.runCron(), platform.runCron()]), cronEveryMs);
// Stdin closes when the parent ends, however it ends.
process.stdin.resume();
process.stdin.on("end", () => void platform.close().finally(() => process.exit(0)));
