/** Checks every regular expression of the Worker for catastrophic backtracking. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { check } from "recheck";
import { root } from "./bundle.ts";

interface Found {
  place: string;
  source: string;
  flags: string;
}

const found: Found[] = [];
for (const file of globSync(["src/**/*.ts", "durable-objects/**/*.ts", "queues/**/*.ts"], { cwd: root })) {
  const text = readFileSync(join(root, file), "utf8");
  new Visitor({
    Literal(node) {
      if (!("regex" in node)) return;
      const line = text.slice(0, node.start).split("\n").length;
      found.push({ place: `${file}:${line}`, source: node.regex.pattern, flags: node.regex.flags });
    },
  }).visit(parseSync(file, text).program);
}

const faults: string[] = [];
for (const { place, source, flags } of found) {
  // The checker may give up on property classes (u flag), which it expands; the result is then `unknown` and a fault.
  const result = await check(source, flags, { timeout: 10_000 });
  if (result.status === "vulnerable")
    faults.push(
      `${place} /${source}/${flags} is ${result.complexity.summary}, for example for ${result.attack.string.slice(0, 80)}`,
    );
  if (result.status === "unknown")
    faults.push(`${place} /${source}/${flags} could not be judged: ${result.error.kind}`);
}
for (const fault of faults) console.log(fault);
console.log(`${found.length} regular expressions, ${faults.length} unsafe`);
process.exit(faults.length === 0 && found.length > 0 ? 0 : 1);
