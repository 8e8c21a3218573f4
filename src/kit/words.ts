import type { z } from "@hono/zod-openapi";

const KINDS: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  bigint: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};
const FORMATS: Record<string, string> = {
  uuid: "a UUID",
  email: "an email address",
  url: "a URL",
  datetime: "a time in UTC, as 2026-11-25T08:00:00Z",
  date: "a date, as 2026-11-25",
  time: "a time of the day, as 08:00",
};
const UNITS: Record<string, string> = { string: "character", array: "item", set: "item" };

/** What is wrong with a value, for who sent it. `undefined` where a schema's own words, or none, are better. */
export const wordsOf: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value")) return "required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values)}`;
    case "invalid_union":
      return Array.isArray(issue.options) && issue.options.length > 0 ? `must be ${oneOf(issue.options)}` : "has none of the possible forms";
    case "invalid_format":
      return issue.format in FORMATS ? `must be ${FORMATS[issue.format]}` : "does not have the right form";
    case "too_small":
      return sized(issue.origin, "at least", issue.minimum) ?? `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return sized(issue.origin, "at most", issue.maximum) ?? `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "custom":
      return "is not valid";
    default:
      return undefined;
  }
};

function oneOf(values: readonly unknown[]): string {
  const named = values.map((value) => JSON.stringify(value));
  return named.length === 1 ? named[0]! : `one of ${named.join(", ")}`;
}

/** Of what has a length. */
function sized(origin: string, how: string, n: number | bigint): string | undefined {
  const unit = UNITS[origin];
  return unit && `must have ${how} ${n} ${unit}${Number(n) === 1 ? "" : "s"}`;
}
