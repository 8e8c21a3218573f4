/** The budget of the bundle, part by part, so that growth is seen where it happens. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** KB gzip, for an area that is not listed. */
const AREA_KB = 4;
/** KB gzip. A part is given more, or less, in the commit that needs it. */
const BUDGETS_KB: Readonly<Record<string, number>> = {
  kit: 19,
  // With the calling codes and timezones of all countries, which are loaded when they are needed.
  domain: 33,
  channels: 60,
  "durable-objects": 28,
  composition: 8,

  "areas/agents": 6,
  "areas/analytics": 10,
  "areas/auth": 5,
  "areas/campaigns": 24,
  "areas/contacts": 9,
  "areas/conversations": 14,
  "areas/csat": 8,
  "areas/divisions": 6,
  "areas/erasure": 6,
  "areas/ingest": 11,
  "areas/integrations": 21,
  "areas/media": 11,
  "areas/quick-replies": 8,
  "areas/messages": 6,
  "areas/scheduled-messages": 5,
  "areas/sla": 8,
  "areas/wa-templates": 10,
  "areas/webhooks": 17,
  "areas/working-hours": 7,

  zod: 55,
  "drizzle-orm": 31,
  "zod-openapi": 15,
  hono: 10,
  jose: 8,
  // The countries' rules for phone numbers, loaded with the first recipient.
  "libphonenumber-js": 42,
  // MIME, which nobody should write twice; loaded with the first mail.
  "postal-mime": 26,
};

export interface Weight {
  /** The size of index.js, compressed. */
  gzipBytes: number;
  /** Minified bytes by module, heaviest first. */
  modules: readonly (readonly [path: string, bytes: number])[];
  /** Heaviest first. */
  parts: readonly Part[];
  /** The parts' budgets together, in KB gzip. */
  budgetKb: number;
  /** Parts above their budgets; empty if all is well. */
  faults: readonly string[];
}

/** An area, a folder of the product, or a library. */
export interface Part {
  name: string;
  kb: number;
  budgetKb: number;
}

interface Metafile {
  outputs: Record<string, { bytes: number; inputs: Record<string, { bytesInOutput: number }> }>;
}

/**
 * Weighs a bundle of `bundleWorker`. It is compressed as a whole, so a part's weight is its share of the minified bytes
 * times the compressed size: the parts add up to it.
 */
export async function weigh(bundle: string): Promise<Weight> {
  const meta = JSON.parse(await readFile(join(dirname(bundle), "bundle-meta.json"), "utf8")) as Metafile;
  const output = Object.entries(meta.outputs).find(([path]) => path.endsWith(".js"))![1];
  const gzipBytes = gzipSync(await readFile(bundle)).length;
  const modules = Object.entries(output.inputs)
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    .sort(([, a], [, b]) => b - a);
  const bytesOf = new Map<string, number>();
  for (const [path, bytes] of modules) bytesOf.set(partOf(path), (bytesOf.get(partOf(path)) ?? 0) + bytes);
  const parts = [...bytesOf]
    .map(([name, bytes]) => ({ name, kb: (bytes / output.bytes) * (gzipBytes / 1024), budgetKb: budgetOf(name) }))
    .sort((one, other) => other.kb - one.kb);
  return {
    gzipBytes,
    modules,
    parts,
    budgetKb: parts.reduce((sum, part) => sum + part.budgetKb, 0),
    faults: parts
      .filter(({ kb, budgetKb }) => kb > budgetKb)
      .map(({ name, kb, budgetKb }) => `${name} weighs ${kb.toFixed(1)} KB gzip, its budget is ${budgetKb} KB`),
  };
}

/** A library without a budget fails: it is to be weighed before it is used. */
const budgetOf = (name: string): number => BUDGETS_KB[name] ?? (name.startsWith("areas/") ? AREA_KB : 0);

function partOf(path: string): string {
  const library = /node_modules\/(@?[\w-]+)/.exec(path)?.[1];
  if (library !== undefined) return library.startsWith("@") ? "zod-openapi" : library;
  const [, area] = /^src\/areas\/([\w-]+)/.exec(path) ?? [];
  if (area !== undefined) return `areas/${area}`;
  return /^(?:src\/)?(kit|channels|domain|durable-objects)\//.exec(path)?.[1] ?? "composition";
}
