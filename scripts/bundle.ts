/** Builds the Worker's bundle with wrangler, so that development and tests run the code of a deployment. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export const root = join(import.meta.dirname, "..");

export class BundleError extends Error {}

/**
 * Writes index.js, its source map and bundle-meta.json, what each module takes of it, to `outDir`. Returns the path of index.js. Takes about two seconds. Throws
 * BundleError.
 */
export async function bundleWorker(outDir: string): Promise<string> {
  await rm(outDir, { recursive: true, force: true });
  const wrangler = join(createRequire(import.meta.url).resolve("wrangler/package.json"), "..", "bin", "wrangler.js");
  const env = {
    ...process.env,
    // The [build] command of wrangler.toml calls `node`, which must be the project's even if npm did not start this
    // script.
    PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    WRANGLER_SEND_METRICS: "false",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    WRANGLER_HIDE_BANNER: "true",
  };
  await new Promise<void>((resolve, reject) => {
    execFile(
      process.execPath,
      [wrangler, "deploy", "--dry-run", "--outdir", outDir, "--metafile"],
      { cwd: root, env },
      (error, stdout, stderr) => {
        if (error) reject(new BundleError(readable(stderr) || readable(stdout) || error.message));
        else resolve();
      },
    );
  });
  return join(outDir, "index.js");
}

/** Removes colours, and the path of a log file that repeats the output. */
function readable(output: string): string {
  return stripVTControlCharacters(output)
    .replaceAll(/^.*Logs were written to.*$/gm, "")
    .replaceAll(/\n{2,}/g, "\n")
    .trim();
}
