/** Checks the architecture: the direction of imports, and code that may occur only in certain files. */
import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { MIGRATIONS } from "../src/areas/health/migrations.ts";
import { root } from "./bundle.ts";
import { consoleFaults } from "./console-architecture.ts";
import { MAX_LINES, REFUSED_NAMES, type SourceFile, sourceFiles } from "./source-files.ts";

const FOLDERS = ["src", "durable-objects", "queues"];

/** Lowest first. A file may import from its own layer and from lower ones. */
const LAYERS = [
  "src/config",
  "src/kit",
  "src/channels",
  "src/domain",
  "src/objects",
  "src/areas",
  "src/composition",
  "src/effects",
  "src/services",
  "src/sweeps",
  "durable-objects",
  "queues",
  "src/cron",
  "src/openapi",
  "src/documentation",
  "src/console",
  "src/app",
  "src/index",
];

/** Further refused imports: `of` selects files, `not` the refused targets, `except` the allowed ones among them. */
const IMPORT_RULES: { of: RegExp; not: RegExp; except?: RegExp; why: string }[] = [
  {
    of: /^durable-objects\//,
    not: /^src\/areas\//,
    why: "objects reach areas through src/effects and src/services",
  },
  {
    of: /^(src\/(kit|domain|objects|areas|effects|services|sweeps)|durable-objects|queues)\b/,
    not: /^src\/channels\//,
    except: /^src\/channels\/(channel|registry|json|searchable-text|shown-texts)$/,
    why: "only the registry knows which channels there are; the rest knows the contract (docs/adr/0017)",
  },
  {
    of: /^src\/channels\/(?!registry$)[\w-]+$/,
    not: /^src\/channels\/[\w-]+\//,
    why: "only the registry imports a channel's folder",
  },
  {
    of: /^durable-objects\/conversation\.(sending|files|host)$/,
    not: /^src\/services$/,
    why: "they use what the host offers (ConversationHost)",
  },
  {
    of: /^src\/domain\/|(^|\/)(rules|retry|inbound|outbound)$/,
    not: /^(src\/kit\/(database|commit|idempotency|rate-limit)|cloudflare:\w+|node:(?!crypto|buffer).*|drizzle-orm.*)$|\/(api|store|table|graph)$/,
    // For the types of the parameters of effects and verbs.
    except: /^src\/kit\/database$/,
    why: "the domain reads and writes nothing",
  },
];

/** Product words, which must not occur in src/kit. */
const PRODUCT_WORDS = /\b\w*(conversation|contact|division|survey|campaign|inbox|whatsapp|instagram|messenger)\w*\b/gi;

/** Code that may occur only in the given files. */
const ONLY_IN: { text: RegExp; files: RegExp; why: string }[] = [
  {
    text: /\.(getByName|idFromName)\(/g,
    files: /^src\/objects$/,
    why: "objects are named in one place, so that a name always begins with its tenant",
  },
  {
    text: /(?<![\w.]|async )fetch\((?!request: )|globalThis\.fetch\(/g,
    files:
      /^src\/(channels\/(meta\/(graph|messaging-files|oauth|resumable-upload)|email\/senders\/http)|areas\/(webhooks\/post|push\/deliver))$/,
    why: "an outside service has one client, with a timeout and typed errors",
  },
  {
    text: /"cloudflare:sockets"/g,
    files: /^src\/channels\/email\/senders\/smtp-socket$/,
    why: "connections are encrypted, have a timeout, and go to hosts that were checked",
  },
  {
    text: /(?<!\b(?:control|CONTROL_DB)\s*)\.prepare\(/g,
    // kit/database and kit/cost are the tenant's query path. Sweeps find the due work of all organizations, and health
    // runs `SELECT 1` on each database.
    files: /^src\/(kit\/(database|cost|control-sweep|sweep-tenants)|areas\/health\/missing-migrations)$/,
    why: "tenant data is queried through TenantDatabase, which adds the organization (`control.prepare` is for control data)",
  },
  {
    text: /\benv\.TENANT_DB_/g,
    files: /^src\/config$/,
    why: "tenant databases are found by the organization, not by their binding",
  },
];

const layerOf = (name: string): number => LAYERS.findIndex((layer) => name === layer || name.startsWith(`${layer}/`));
function layerFaults(path: string, name: string, target: string): string[] {
  if (!FOLDERS.some((folder) => target.startsWith(`${folder}/`))) return [];
  const [own, other] = [layerOf(name), layerOf(target)];
  if (own === -1) return [`${path} is in no layer: see LAYERS in scripts/architecture.ts`];
  if (other > own) return [`${path} imports ${target}: a layer above its own`];
  return [];
}

const areaOf = (name: string): string | undefined => /^src\/areas\/([\w-]+)/.exec(name)?.[1];

/**
 * Checks that imports between areas have no cycle. A dependency in the other direction is an effect, or a verb passed
 * as an argument.
 */
function areaFaults(files: readonly SourceFile[]): string[] {
  const edges = new Map<string, Map<string, string>>();
  for (const { path, imports } of files)
    for (const target of imports) {
      const [from, to] = [areaOf(path), areaOf(target)];
      if (from && to && from !== to)
        edges.set(from, new Map([...(edges.get(from) ?? []), [to, `${path} → ${target}`]]));
    }
  const done = new Set<string>();
  const faults: string[] = [];
  const walk = (area: string, way: readonly string[]): void => {
    if (way.includes(area)) {
      const circle = [...way.slice(way.indexOf(area)), area];
      const steps = circle.slice(1).map((to, i) => edges.get(circle[i]!)!.get(to));
      faults.push(`areas import each other: ${circle.join(" → ")}\n  ${steps.join("\n  ")}`);
      return;
    }
    if (done.has(area)) return;
    for (const to of edges.get(area)?.keys() ?? []) walk(to, [...way, area]);
    done.add(area);
  };
  for (const area of edges.keys()) walk(area, []);
  return faults;
}

/** One file for a conversation's tables, since its parts would be read together. */
const MAY_BE_LONGER = /^durable-objects\/conversation\.storage\.ts$/;

export function architectureFaults(): string[] {
  const files = FOLDERS.flatMap((folder) => sourceFiles(join(root, folder)));
  return [...files.flatMap(faultsOf), ...areaFaults(files), ...migrationFaults(), ...consoleFaults()];
}

/** The Worker cannot read the folders, so its list must be theirs. */
function migrationFaults(): string[] {
  return Object.entries(MIGRATIONS).flatMap(([folder, listed]) => {
    const files = readdirSync(join(root, "migrations", folder)).sort();
    return listed.join() === files.join()
      ? []
      : [`src/areas/health/migrations.ts lists other files than migrations/${folder}: ${files.join(", ")}`];
  });
}

function faultsOf({ path, code, lines, imports }: SourceFile): string[] {
  const name = path.replace(/\.ts$/, "");
  const faults: string[] = [];
  for (const rule of IMPORT_RULES) {
    if (!rule.of.test(name)) continue;
    for (const target of imports)
      if (rule.not.test(target) && !rule.except?.test(target)) faults.push(`${path} imports ${target}: ${rule.why}`);
  }
  for (const target of imports) faults.push(...layerFaults(path, name, target));
  if (name.startsWith("src/kit/"))
    for (const { 0: word } of code.matchAll(PRODUCT_WORDS))
      faults.push(`${path} says ${word}: the kit knows no product word`);
  for (const area of imports.map((target) => /^src\/areas\/([\w-]+)\/(table|store)$/.exec(target))) {
    const own = /^src\/areas\/([\w-]+)\//.exec(path)?.[1];
    if (own && area && area[1] !== own)
      faults.push(`${path} imports ${area[0]}: an area calls another area's verbs, never its tables`);
  }
  for (const rule of ONLY_IN) {
    if (rule.files.test(name)) continue;
    for (const { 0: found, index } of code.matchAll(rule.text))
      faults.push(`${path}:${code.slice(0, index).split("\n").length} ${found.trim()}…): ${rule.why}`);
  }
  if (REFUSED_NAMES.test(posix.basename(name))) faults.push(`${path}: a file's name says what is in it`);
  if (/^(src|durable-objects)\//.test(path) && !MAY_BE_LONGER.test(path) && lines > MAX_LINES)
    faults.push(`${path} has ${lines} lines; ${MAX_LINES} is the most`);
  return faults;
}

if (import.meta.main) {
  const faults = architectureFaults();
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
