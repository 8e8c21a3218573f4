/** Says in one plain line what vitest's JSON report says. */
import { existsSync, readFileSync } from "node:fs";

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

const [, , file = ""] = process.argv;
if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  // A file that could not be loaded has no tests to fail, and counts as one.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`);
} else {
  console.log("0 passed, 1 failed");
}
