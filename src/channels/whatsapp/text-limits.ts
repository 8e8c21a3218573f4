import type { LimitViolation } from "../channel";

const MAX_NAMED = 20;

/** Lengths are counted in UTF-16 units, which is never fewer than Meta counts. */
export function checkText(value: unknown, field: string, maxLength: number): LimitViolation[] {
  if (typeof value !== "string" || value.trim() === "") return [{ field, message: "Required" }];
  return value.length > maxLength
    ? [{ field, message: `Must have at most ${maxLength} characters; it has ${value.length}` }]
    : [];
}

export function checkOptionalText(value: unknown, field: string, maxLength: number): LimitViolation[] {
  if (value === undefined || value === null || value === "") return [];
  return typeof value === "string" ? checkText(value, field, maxLength) : [{ field, message: "Must be text" }];
}

export function checkFlag(value: unknown, field: string): LimitViolation[] {
  return value === undefined || value === null || typeof value === "boolean"
    ? []
    : [{ field, message: "Must be true or false" }];
}

/** What nobody would read is named, and not left out silently. */
export function checkFields(value: Record<string, unknown>, known: readonly string[], field: string): LimitViolation[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .slice(0, MAX_NAMED)
    .map((key) => ({ field: `${field}.${key.slice(0, 100)}`, message: "Unknown field" }));
}
