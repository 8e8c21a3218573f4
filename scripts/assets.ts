/**
 * Makes the static files that are not part of the repository: the console, and the script of the API reference page.
 * Wrangler runs this as its [build] command, so it is fast and silent if they are current.
 */
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildConsole } from "./console.ts";

const root = join(import.meta.dirname, "..");

export async function makeAssets(): Promise<void> {
  copyReference();
  await buildConsole();
}

function copyReference(): void {
  const from = createRequire(import.meta.url)
    .resolve("@scalar/api-reference")
    .replace(/(?<=@scalar\/api-reference\/).*/, "dist/browser/standalone.js");
  const to = join(root, "public", "scalar.js");
  // The size identifies the release. The file is not rewritten without need, since wrangler watches it.
  if (statSync(to, { throwIfNoEntry: false })?.size === statSync(from).size) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.main) await makeAssets();
