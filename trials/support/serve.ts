/** The platform as a process of its own, so that it can be killed. Its options are JSON, in the first argument. */
import { type PlatformOptions, startPlatform } from "../../scripts/platform.ts";

const platform = await startPlatform(JSON.parse(process.argv[2]!) as PlatformOptions);
process.stdout.write(`${JSON.stringify({ url: platform.url })}\n`);
// What ends the parent, whatever that is, ends this one too.
process.stdin.resume();
process.stdin.on("end", () => void platform.close().finally(() => process.exit(0)));
