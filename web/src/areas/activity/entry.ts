import type { ActivityLog } from "../../api/api.gen";

/** A change that an entry of the log tells, taken from its data. Pure. */
export interface Change {
  field: string;
  /** Undefined: a fact, not a change. */
  before: unknown;
  after: unknown;
}

const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2;
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Values that differ; and facts of events, which have no value before. */
export function changesOf({ changes }: Pick<ActivityLog, "changes">): Change[] {
  return Object.entries(changes).flatMap(([field, value]): Change[] => {
    if (!isPair(value))
      return value === null || value === undefined ? [] : [{ field, before: undefined, after: value }];
    const [before, after] = value;
    return same(before, after) ? [] : [{ field, before, after }];
  });
}

/** Finds the entity's name, as far as its change says it. */
export function nameOf({ changes }: Pick<ActivityLog, "changes">): string {
  for (const field of ["name", "full_name", "title", "display_name", "email", "filename"]) {
    const value = changes[field];
    const [before, after] = isPair(value) ? value : [undefined, value];
    const name = after ?? before;
    if (typeof name === "string" && name !== "") return name;
  }
  return "";
}

export function textOf(value: unknown, nothing: string): string {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0))
    return nothing;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number"))
    return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value as number | boolean);
}
