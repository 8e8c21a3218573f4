/**
 * Copies the script of the API reference page from its package to the static files. Wrangler runs this as its [build]
 * command, so it is fast and silent if the copy is current.
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
  // The size identifies the release. The file is not rewritten without need, since wrangler watches it.
  if (statSync(to, { throwIfNoEntry: false })?.size === statSync(from).size) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.main) copyAssets();
