/** `npm run check`: runs all static checks. */
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./bundle.ts";
import { dim, green, red } from "./terminal.ts";

const CHECKS: [name: string, command: string][] = [
  ["format", "oxfmt --check"],
  ["lint", "oxlint"],
  ["types", "tsc"],
  ["console types", "tsc -p web"],
  ["architecture", "node scripts/architecture.ts"],
  ["expressions", "node scripts/regexes.ts"],
  ["bindings", "wrangler types --check"],
  ["bundle", "node scripts/build.ts"],
  ["dead code", "knip --no-config-hints"],
  ["API document", "redocly lint .build/openapi.json"],
];

const env = {
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  WRANGLER_SEND_METRICS: "false",
  REDOCLY_TELEMETRY: "off",
  REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
  NO_COLOR: "1",
};

const failed: [name: string, output: string][] = [];
// The types of the console come from the API's document.
await run("document", "node scripts/openapi.ts");
// Two at a time, since most checks use several cores.
const waiting = [...CHECKS].reverse();
await Promise.all([worker(), worker()]);
for (const [name, output] of failed) console.error(`\n${red(name)}\n${output}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function worker(): Promise<void> {
  for (let next = waiting.pop(); next; next = waiting.pop()) await run(...next);
}

function run(name: string, command: string): Promise<void> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    execFile("bash", ["-c", command], { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${error ? red("✗") : green("✓")} ${name.padEnd(14)}${dim(`${seconds.padStart(5)} s  ${command}`)}`);
      if (error) failed.push([name, stripVTControlCharacters(`${stdout}${stderr}`).trim()]);
      resolve();
    });
  });
}
