import { z } from "@hono/zod-openapi";

/** More than anybody chooses by hand, and few enough that a list merges a range for each. */
const MAX_VALUES = 10;

/** A query parameter that may be given several times: `status=open&status=pending`. Its values are unique. */
export const several = <T extends z.ZodType<string>>(value: T) =>
  z
    .array(value)
    .min(1)
    .max(MAX_VALUES)
    .overwrite((values) => [...new Set(values)])
    .openapi({ param: { style: "form", explode: true } })
    .optional();

export const isSeveral = (parameter: unknown): boolean =>
  parameter instanceof z.ZodOptional && parameter.unwrap() instanceof z.ZodArray;
