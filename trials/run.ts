/**
 * `npm run trials [-- name …]`: runs failure trials on the whole platform, one after another, and prints their figures.
 * `TRIAL_CHANNEL=email` runs those that are tried on every channel on one of them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { bold, dim, green, red } from "../scripts/terminal.ts";
import type { Report, Trial } from "./support/report.ts";

interface Row {
  trial: string;
  figure: string;
  value: string;
  mustBe: string;
  ok: boolean;
}

const resultsFile = join(import.meta.dirname, "results.md");
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const trials = await Promise.all(files.map(loaded));
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !trials.some((trial) => trial.name === name));
if (unknown !== undefined) {
  console.error(red(`There is no trial ${unknown}, only ${trials.map(({ name }) => name).join(", ")}.`));
  process.exit(2);
}

const chosen = wanted.length === 0 ? trials : trials.filter(({ name }) => wanted.includes(name));
const rows: Row[] = [];
for (const trial of chosen) rows.push(...(await tried(trial)));
print(rows);
// Figures of one channel are not all of a trial's.
if (process.env.TRIAL_CHANNEL === undefined) keep(rows);
const failed = rows.filter(({ ok }) => !ok);
console.log(failed.length === 0 ? green("all as it must be") : red(`${failed.length} not as they must be`));
process.exit(failed.length === 0 ? 0 : 1);

/** Loads a trial. One that cannot be loaded becomes a trial that fails, so that the others still run. */
async function loaded(file: string): Promise<Trial> {
  try {
    return (await import(join(import.meta.dirname, file))) as Trial;
  } catch (error) {
    return { name: file.replace(/^\d+-|\.ts$/g, ""), run: () => Promise.reject(error as Error) };
  }
}

async function tried({ name, run }: Trial): Promise<Row[]> {
  const startedAt = performance.now();
  const found: Row[] = [];
  let writtenAt = 0;
  const write = (text: string): void => {
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${text}`);
    else if (text !== "" && performance.now() - writtenAt > 10_000) {
      writtenAt = performance.now();
      console.log(`  ${text}`);
    }
  };
  const report: Report = {
    figure: (figure, value, mustBe, ok) => void found.push({ trial: name, figure, value: String(value), mustBe, ok }),
    progress: (text) => write(`${bold(name)} ${dim(text)}`),
  };
  console.log(bold(name));
  try {
    await run(report);
  } catch (error) {
    report.figure(
      "ended",
      error instanceof Error ? (error.stack ?? error.message) : String(error),
      "without an error",
      false,
    );
  }
  write("");
  for (const { figure, value, mustBe, ok } of found)
    console.log(`  ${ok ? green("✓") : red("✗")} ${figure}: ${value} ${dim(`(${mustBe})`)}`);
  console.log(dim(`  ${((performance.now() - startedAt) / 1000).toFixed(0)} s`));
  return found;
}

function print(all: readonly Row[]): void {
  const table = [
    ["trial", "figure", "value", "must be", "ok"],
    ...all.map((row) => [row.trial, row.figure, row.value.split("\n")[0]!, row.mustBe, row.ok ? "yes" : "NO"]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  console.log();
  for (const line of table) console.log(line.map((cell, column) => cell.padEnd(widths[column]!)).join("  "));
  console.log();
}

/** Writes the results file. The rows of trials that did not run are kept. */
function keep(all: readonly Row[]): void {
  const cells = (line: string): string[] =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1);
  const before = existsSync(resultsFile)
    ? readFileSync(resultsFile, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .map(cells)
        .slice(1)
    : [];
  const ran = new Set(all.map(({ trial }) => trial));
  const order = trials.map(({ name }) => name);
  const now = [
    ...before.filter(([trial = ""]) => !ran.has(trial) && order.includes(trial)),
    ...all.map((row) => [
      row.trial,
      row.figure,
      row.value.split("\n")[0]!.replaceAll("|", "/"),
      row.mustBe,
      row.ok ? "yes" : "**no**",
    ]),
  ].sort(([a = ""], [b = ""]) => order.indexOf(a) - order.indexOf(b));
  const processor = cpus();
  writeFileSync(
    resultsFile,
    [
      "# Trials",
      "",
      "Written by `npm run trials`: what is tried on the whole platform, in workerd, and what came of it.",
      `Last run on ${processor.length} cores (${processor[0]?.model.trim() ?? "unknown"}).`,
      "",
      "| trial | figure | value | must be | ok |",
      "|---|---|---|---|---|",
      ...now.map((line) => `| ${line.join(" | ")} |`),
      "",
    ].join("\n"),
  );
}
