import type { LimitViolation } from "./channel";

const MAX_REPORTED = 20;

/** Counts UTF-16 units, which are never fewer than Meta's. */
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

/** Refuses unknown fields, which would otherwise be dropped silently. */
export function checkFields(value: Record<string, unknown>, known: readonly string[], field: string): LimitViolation[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .slice(0, MAX_REPORTED)
    .map((key) => ({ field: `${field}.${key.slice(0, 100)}`, message: "Unknown field" }));
}
