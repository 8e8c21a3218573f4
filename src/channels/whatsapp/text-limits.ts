import type { LimitViolation } from "../channel";

/** Lengths are counted in UTF-16 units, which is never fewer than Meta counts. */
export function checkText(value: unknown, field: string, maxLength: number): LimitViolation[] {
  if (typeof value !== "string" || value.trim() === "") return [{ field, message: "Required" }];
  return value.length > maxLength ? [{ field, message: `At most ${maxLength} characters; it has ${value.length}` }] : [];
}

export function checkOptionalText(value: unknown, field: string, maxLength: number): LimitViolation[] {
  if (value === undefined || value === null || value === "") return [];
  return typeof value === "string" ? checkText(value, field, maxLength) : [{ field, message: "Has to be text" }];
}
