/** `npm run build` weighs the console too: what an agent downloads until the inbox shows, and everything. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "..");

/** KB gzip. */
const BUDGETS_KB = { script: 185, style: 15, all: 420 };

/** Loaded for the inbox beside what the page names: the words of one language. */
const WORDS = /(kit|areas\/inbox)\/words\/en\.ts$/;

interface Chunk {
  file: string;
  /** The module that it was made for, below web/. */
  module: string | null;
  imports: string[];
  css: string[];
}

export interface ConsoleWeight {
  rows: { name: string; kb: number; budgetKb: number }[];
  /** Empty if all is well. */
  faults: string[];
}

export function weighConsole(): ConsoleWeight {
  const chunks = JSON.parse(readFileSync(join(root, ".build", "console-chunks.json"), "utf8")) as Chunk[];
  const page = readFileSync(join(root, "public", "app.html"), "utf8");
  const byFile = new Map(chunks.map((chunk) => [chunk.file, chunk]));
  const needed = new Set<Chunk>();
  const need = (chunk: Chunk): void => {
    if (needed.has(chunk)) return;
    needed.add(chunk);
    for (const file of chunk.imports) need(byFile.get(file)!);
  };
  for (const chunk of chunks) {
    if (page.includes(chunk.file) || (chunk.module !== null && WORDS.test(chunk.module))) need(chunk);
  }
  const scripts = [...needed].map(({ file }) => file);
  const styles = [...new Set([...needed].flatMap(({ css }) => css))];
  const all = readdirSync(join(root, "public", "assets"))
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => `assets/${name}`);
  const rows = [
    { name: "console: scripts until the inbox shows", kb: kbOf(scripts), budgetKb: BUDGETS_KB.script },
    { name: "console: styles until the inbox shows", kb: kbOf(styles), budgetKb: BUDGETS_KB.style },
    { name: "console: all scripts and styles", kb: kbOf(all), budgetKb: BUDGETS_KB.all },
  ];
  const faults = rows
    .filter(({ kb, budgetKb }) => kb > budgetKb)
    .map(({ name, kb, budgetKb }) => `${name} weigh ${kb.toFixed(1)} KB gzip, their budget is ${budgetKb} KB`);
  return { rows, faults };
}

const kbOf = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(join(root, "public", file))).length, 0) / 1024;
