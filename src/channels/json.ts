import { nestingOf, readJson } from "../kit/body";

/** Helpers for JSON of an untrusted shape. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text or number as text; `undefined` for anything else and for "". */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A value that is nested deeper cannot be passed to an object, or be serialised. */
const MAX_DEPTH = 64;

/** Undefined for a text that is no JSON, or nested too deeply. */
export function parseJson(text: string, maxDepth = MAX_DEPTH): unknown {
  try {
    if (nestingOf(text) > maxDepth) return undefined;
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** Removes undefined fields, so that the object equals its JSON. */
export function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
