import { z } from "@hono/zod-openapi";
import { addDays, daysBetween } from "./day";
import { malformed } from "./problem";

/** First and last day, both inclusive, as YYYY-MM-DD in the organization's timezone. */
export interface Range {
  from: string;
  to: string;
}

export const MAX_DAYS = 366;
export const DEFAULT_DAYS = 30;

export const rangeQuery = {
  from: z.iso
    .date()
    .optional()
    .openapi({
      description: `First day, in the organization's timezone; defaults to the ${DEFAULT_DAYS} days up to \`to\``,
      example: "2026-11-01",
    }),
  to: z.iso
    .date()
    .optional()
    .openapi({
      description: `Last day, inclusive; defaults to today. The range has at most ${MAX_DAYS} days`,
      example: "2026-11-30",
    }),
};

/** Completes a range. Throws `malformed_request` if it ends before it begins or is too long. */
export function rangeOf(
  { from, to }: Partial<Range>,
  today: string,
  defaultDays = DEFAULT_DAYS,
  maxDays = MAX_DAYS,
): Range {
  const last = to ?? (from !== undefined && from > today ? from : today);
  // Earlier days are refused, since years before 1 have no four-digit form.
  if (last < "1970-01-01") throw outOfRange("to", "must not be before 1970");
  const range = { from: from ?? addDays(last, 1 - defaultDays), to: last };
  if (range.from > range.to) throw outOfRange("from", "must not be after `to`");
  if (daysBetween(range.from, range.to) > maxDays) throw outOfRange("from", `the range has at most ${maxDays} days`);
  return range;
}

const outOfRange = (field: string, message: string) =>
  malformed(`${field}: ${message}`, { errors: [{ field, message }] });
