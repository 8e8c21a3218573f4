/**
 * `npm run test:full [-- file …]`: the suite with every combination, volumes whole and a hundred fuzzed calls an operation, then a
 * table of what took longest. For the night, and before a release; `npm test` is for every commit.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bundle.ts";

const report = join(root, ".build", "full-tests.json");
mkdirSync(join(root, ".build"), { recursive: true });
rmSync(report, { force: true });

const run = (script: string, ...args: string[]): number =>
  spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, FULL: "1" },
  }).status ?? 1;

const status = run(
  "node_modules/vitest/vitest.mjs",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
);
run("scripts/test-summary.ts", report);
process.exit(status);
