/**
 * Puts the script of the API reference page among the static files, from its package. Wrangler runs this as its [build]
 * command, so it must be quick and silent when there is nothing to do.
 */
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

export function copyAssets(): void {
  const from = createRequire(import.meta.url)
    .resolve("@scalar/api-reference")
    .replace(/(?<=@scalar\/api-reference\/).*/, "dist/browser/standalone.js");
  const to = join(root, "public", "scalar.js");
  // The size tells one release from another; wrangler watches the file, so it is not touched needlessly.
  if (statSync(to, { throwIfNoEntry: false })?.size === statSync(from).size) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.main) copyAssets();
