/** Formats the Worker's log: one line per event, and stacks with source positions instead of bundle positions. */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, relative } from "node:path";
import type { WorkerdStructuredLog } from "miniflare";
import { root } from "./bundle.ts";
import { dim, red, yellow } from "./terminal.ts";

export type Locate = (text: string) => string;

/** Returns a function that maps positions in the bundle (file:///…/index.js:12:34) to the source. */
export function sourceLocator(bundle: string): Locate {
  const map = new SourceMap(
    JSON.parse(readFileSync(`${bundle}.map`, "utf8")) as ConstructorParameters<typeof SourceMap>[0],
  );
  return (text) =>
    text.replaceAll(
      /(?:file:\/\/[^\s()]*\/)?\bindex\.js:(\d+):(\d+)/g,
      (place: string, line: string, column: string) => {
        const origin = map.findOrigin(Number(line), Number(column));
        return "fileName" in origin
          ? `${relative(root, join(dirname(bundle), origin.fileName))}:${origin.lineNumber}:${origin.columnNumber}`
          : place;
      },
    );
}

export function logLine(log: WorkerdStructuredLog, locate: Locate): string {
  const time = dim(new Date(log.timestamp).toTimeString().slice(0, 8));
  const colour = log.level === "error" ? red : log.level === "warn" ? yellow : (text: string) => text;
  const { level: _level, event, error, ...fields } = structured(log.message);
  if (typeof event !== "string") return `${time} ${colour(locate(log.message))}`;
  const details = Object.entries(fields).map(
    ([name, value]) => dim(`${name}=`) + (typeof value === "string" ? value : JSON.stringify(value)),
  );
  const stack = typeof error === "string" ? `\n${locate(error).replaceAll(/^/gm, "         ")}` : "";
  return [time, colour(event), ...details].join(" ") + stack;
}

function structured(message: string): Record<string, unknown> {
  if (!message.startsWith("{")) return {};
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return {};
  }
}
