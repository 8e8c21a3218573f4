/** The Worker's bundle as a deployment would have it: made by wrangler, so that what is tried is what is shipped. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export const root = join(import.meta.dirname, "..");

export class BundleError extends Error {}

/** Writes index.js and its source map into `outDir` and returns the path of the former. Takes about two seconds. */
export async function bundleWorker(outDir: string): Promise<string> {
  await rm(outDir, { recursive: true, force: true });
  const wrangler = join(createRequire(import.meta.url).resolve("wrangler/package.json"), "..", "bin", "wrangler.js");
  const env = {
    ...process.env,
    // The [build] command of wrangler.toml calls `node`; it must be ours, also where these scripts were not started by npm.
    PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    WRANGLER_SEND_METRICS: "false",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    WRANGLER_HIDE_BANNER: "true",
  };
  await new Promise<void>((resolve, reject) => {
    execFile(
      process.execPath,
      [wrangler, "deploy", "--dry-run", "--outdir", outDir],
      { cwd: root, env },
      (error, stdout, stderr) => {
        if (error) reject(new BundleError(readable(stderr) || readable(stdout) || error.message));
        else resolve();
      },
    );
  });
  return join(outDir, "index.js");
}

/** Without colours and the place of a log file, which only repeats it. */
function readable(output: string): string {
  return stripVTControlCharacters(output)
    .replaceAll(/^.*Logs were written to.*$/gm, "")
    .replaceAll(/\n{2,}/g, "\n")
    .trim();
}
