/** Reads source files for checks of their lines and imports. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { root } from "./bundle.ts";

export interface SourceFile {
  /** Relative to the root, with slashes. */
  path: string;
  code: string;
  lines: number;
  /** Imported paths relative to the root without extension, or package names. Includes type-only imports. */
  imports: string[];
}

export const REFUSED_NAMES = /^(utils?|helpers?|common|types|misc|shared)$/;
export const MAX_LINES = 300;

/** The TypeScript files below a directory of the project. */
export function sourceFiles(directory: string): SourceFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
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
    .replace(/\.tsx?$/, "")
    .replace(/\/index$/, (index) => (specifier.endsWith("index") ? index : ""));
}

/** Removes comments and keeps line numbers. Sufficient for formatted code. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}
