/** Prints a summary of vitest's JSON report: the counts, and the ten slowest files. */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { root } from "./bundle.ts";

const SLOWEST = 10;

interface TestFile {
  name: string;
  status: string;
  /** Milliseconds since 1970. */
  startTime: number;
  endTime: number;
  assertionResults: { status: string }[];
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: TestFile[];
}

const [, , file = ""] = process.argv;
if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  const rows = report.testResults
    .toSorted((a, b) => secondsOf(b) - secondsOf(a))
    .slice(0, SLOWEST)
    .map((one) => [
      `${secondsOf(one).toFixed(1)} s`,
      String(one.assertionResults.length),
      String(failuresOf(one)),
      relative(root, one.name),
    ]);
  print([["time", "tests", "failed", "slowest files"], ...rows]);
  const failed = report.testResults.reduce((sum, one) => sum + failuresOf(one), 0);
  console.log(`${report.numPassedTests} passed, ${failed} failed`);
} else {
  console.log("0 passed, 1 failed");
}

function secondsOf({ startTime, endTime }: TestFile): number {
  return (endTime - startTime) / 1000;
}

/** The number of failed tests. A file that failed to load has no tests, and counts as one failure. */
function failuresOf({ status, assertionResults }: TestFile): number {
  const failed = assertionResults.filter((test) => test.status === "failed").length;
  return failed === 0 && status === "failed" ? 1 : failed;
}

function print(table: string[][]): void {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  for (const line of table)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    );
}
