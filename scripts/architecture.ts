/** The rules of the architecture that no linter knows: who may import whom, and what may happen only in one place. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { root } from "./bundle.ts";

interface SourceFile {
  /** From the root, with slashes. */
  path: string;
  code: string;
  lines: number;
  /** What it imports: paths from the root without extension, or names of packages. Types only are imports too. */
  imports: string[];
}

const FOLDERS = ["src", "durable-objects", "queues"];

/** What a file may not import. The first column is for which files, the second what is refused, except the third. */
const IMPORT_RULES: { of: RegExp; not: RegExp; except?: RegExp; why: string }[] = [
  {
    of: /^src\/kit\//,
    not: /^src\/(channels|areas|operations|app|index|cron)\b/,
    why: "the kit knows no channel and no area",
  },
  {
    of: /^src\/(kit|channels)\//,
    not: /^(durable-objects|queues)\//,
    why: "the kit and the channels are below objects and queues",
  },
  { of: /^src\/channels\//, not: /^src\/(areas|operations|app|index|cron)\b/, why: "a channel knows no area" },
  { of: /^src\/areas\//, not: /^src\/(operations|app|index|cron)$/, why: "areas are below the composition" },
  {
    of: /^src\/areas\//,
    not: /^durable-objects\//,
    except: /^durable-objects\/(stubs|[\w-]+\.(wire|state|commands))$/,
    why: "areas reach objects through their stubs and know their wire, state and commands, not their insides",
  },
  {
    of: /^src\/areas\//,
    not: /^queues\//,
    except: /^queues\/(messages|send)$/,
    why: "areas send to queues and do not consume them",
  },
  {
    of: /(^|\/)([\w-]+\.(state|commands|updates|retry)|rules|retry|inbound|outbound)$/,
    not: /^(durable-objects\/(stubs|[\w-]+\.storage)|src\/kit\/(database|commit|idempotency|rate-limit)|cloudflare:\w+|node:(?!crypto|buffer).*|drizzle-orm.*)$|\/(api|store|table|graph)$/,
    why: "a pure module reads and writes nothing",
  },
];

/** What may be written only in these files. */
const ONLY_IN: { text: RegExp; files: RegExp; why: string }[] = [
  {
    text: /\.(getByName|idFromName)\(/g,
    files: /^durable-objects\/stubs$/,
    why: "objects are named in one place, so that a name always begins with its tenant",
  },
  {
    text: /(?<![\w.]|async )fetch\((?!request: )|globalThis\.fetch\(/g,
    files: /^src\/channels\/meta\/graph$/,
    why: "an outside service has one client, with a timeout and typed errors",
  },
  {
    text: /(?<!\b(?:control|CONTROL_DB)\s*)\.prepare\(/g,
    // The kit's two are the tenant's query path itself; the projection writes one batch for many organizations, the cron looks
    // for due work over all of them, and health asks each database for a 1.
    files: /^src\/(kit\/(database|cost)|areas\/conversations\/projection|cron|areas\/health\/index)$/,
    why: "tenant data is queried through TenantDatabase, which adds the organization (`control.prepare` is for control data)",
  },
  {
    text: /\benv\.TENANT_DB_/g,
    files: /^src\/config$/,
    why: "tenant databases are found by the organization, not by their binding",
  },
];

const REFUSED_NAMES = /^(utils?|helpers?|common|types|misc|shared)$/;
const MAX_LINES = 300;
/** The one class that the platform calls, and its tables: parted further, each part would be read with the other open. */
const MAY_BE_LONGER = /^durable-objects\/conversation(\.storage)?\.ts$/;

export function architectureFaults(): string[] {
  return FOLDERS.flatMap((folder) => sourceFiles(join(root, folder))).flatMap(faultsOf);
}

function faultsOf({ path, code, lines, imports }: SourceFile): string[] {
  const name = path.replace(/\.ts$/, "");
  const faults: string[] = [];
  for (const rule of IMPORT_RULES) {
    if (!rule.of.test(name)) continue;
    for (const target of imports)
      if (rule.not.test(target) && !rule.except?.test(target)) faults.push(`${path} imports ${target}: ${rule.why}`);
  }
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

function sourceFiles(directory: string): SourceFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => {
      const absolute = join(entry.parentPath, entry.name);
      const path = relative(root, absolute).split(sep).join("/");
      const text = readFileSync(absolute, "utf8");
      const code = withoutComments(text);
      const imports = [...code.matchAll(/(?:\bfrom|\bimport\(|^import)\s*["']([^"']+)["']/gm)].map(
        ([, specifier = ""]) => resolved(path, specifier),
      );
      return { path, code, lines: text.trimEnd().split("\n").length, imports };
    });
}

function resolved(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return posix
    .join(dirname(from), specifier)
    .replace(/\.ts$/, "")
    .replace(/\/index$/, (index) => (specifier.endsWith("index") ? index : ""));
}

/** Comments blanked, line by line, so that numbers of lines stay; good enough for code that a formatter has laid out. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

if (import.meta.main) {
  const faults = architectureFaults();
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
