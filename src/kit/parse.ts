import { z } from "@hono/zod-openapi";
import { type FieldError, invalidFields, invalidRequest, malformed, MAX_ERRORS } from "./problem";
import { describeIssue } from "./describe-issue";
import { isSeveral } from "./several";

/** Validates the inputs of a call: 400 for path and query, 422 for bodies, with an error for each field. */

z.config({ customError: describeIssue });

/** The field of an error that is about the whole body. */
const WHOLE_BODY = "body";

/** Limited per issue: one issue may name every unknown field of a body. */
const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys
            .slice(0, MAX_ERRORS)
            .map((key) => ({ field: [...issue.path, key].join("."), message: "unknown field" }))
        : [{ field: issue.path.join(".") || WHOLE_BODY, message: issue.message }],
    );

export function parsePart(schema: z.ZodObject, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // A parameter has no parts that its caller knows of: one of several values is named as the parameter.
  const errors = fieldErrors(result.error).map((error) => ({ ...error, field: error.field.replace(/\.\d+$/, "") }));
  throw invalidFields(malformed, errors);
}

/**
 * Throws `malformed_request` for an unknown parameter, unless `isAny`: a misspelt filter would return everything. And for
 * a repeated one that does not take several values.
 */
export function parseQuery(schema: z.ZodObject | undefined, given: Record<string, string[]>, isAny = false): unknown {
  const isKnown = (name: string): boolean => Object.hasOwn(schema?.shape ?? {}, name);
  const takesSeveral = (name: string): boolean => isSeveral(schema?.shape[name]);
  const errors = Object.entries(given).flatMap(([name, values]): FieldError[] =>
    isKnown(name)
      ? values.slice(1, takesSeveral(name) ? 1 : 2).map(() => ({ field: name, message: "must be given once" }))
      : isAny
        ? []
        : [{ field: name, message: "unknown parameter" }],
  );
  if (errors.length > 0) throw invalidFields(malformed, errors);
  const asked = Object.entries(given).map(([name, values]) => [name, takesSeveral(name) ? values : values[0]]);
  return schema && parsePart(schema, Object.fromEntries(asked));
}

export function parseBody(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(invalidRequest, fieldErrors(result.error));
}
