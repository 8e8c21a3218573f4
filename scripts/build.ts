/** `npm run build`: bundles the Worker and the console as a deployment does, and compares them with their budgets. */
import { join, relative } from "node:path";
import { bundleWorker, root } from "./bundle.ts";
import { weigh } from "./bundle-budget.ts";
import { weighConsole } from "./console-budget.ts";
import { bold, dim, red } from "./terminal.ts";

const HEAVIEST = 10;

const bundle = await bundleWorker(join(root, ".build", "deploy"));
const { gzipBytes, modules, parts, budgetKb, faults } = await weigh(bundle);

const row = (kb: number, text: string): string => `${kb.toFixed(1).padStart(7)} KB  ${text}`;
console.log(bold("heaviest modules, minified"));
for (const [path, bytes] of modules.slice(0, HEAVIEST)) console.log(row(bytes / 1024, path));
console.log(bold("\nparts, gzip"));
for (const part of parts) console.log(row(part.kb, `${part.name} ${dim(`of ${part.budgetKb}`)}`));
console.log(bold(row(gzipBytes / 1024, `${relative(root, bundle)} ${dim(`of ${budgetKb}`)}`)));

const ofConsole = weighConsole();
for (const part of ofConsole.rows) console.log(row(part.kb, `${part.name} ${dim(`of ${part.budgetKb}`)}`));

const all = [...faults, ...ofConsole.faults];
if (all.length > 0) {
  console.error(`\n${red("over budget")} (scripts/bundle-budget.ts, console-budget.ts)\n${all.join("\n")}`);
  process.exitCode = 1;
}
