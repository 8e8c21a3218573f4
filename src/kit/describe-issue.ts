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
  datetime: "a UTC time such as 2026-11-25T08:00:00Z",
  date: "a date such as 2026-11-25",
  time: "a time of day such as 08:00",
};
const UNITS: Record<string, string> = { string: "character", array: "item", set: "item" };

/** The message of a validation error for the caller; `undefined`: zod's or the schema's own message is used. */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value")) return "required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values)}`;
    case "invalid_union":
      return Array.isArray(issue.options) && issue.options.length > 0
        ? `must be ${oneOf(issue.options)}`
        : "matches none of the allowed forms";
    case "invalid_format":
      return issue.format in FORMATS ? `must be ${FORMATS[issue.format]}` : "has an invalid format";
    case "too_small":
      return (
        sized(issue.origin, "at least", issue.minimum) ??
        `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`
      );
    case "too_big":
      return (
        sized(issue.origin, "at most", issue.maximum) ??
        `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`
      );
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

/** The message for a limit of a length; `undefined` if the value has no length. */
function sized(origin: string, how: string, n: number | bigint): string | undefined {
  const unit = UNITS[origin];
  return unit && `must have ${how} ${n} ${unit}${Number(n) === 1 ? "" : "s"}`;
}
