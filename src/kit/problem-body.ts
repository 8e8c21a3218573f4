import { z } from "@hono/zod-openapi";

/** The body of every failure: an RFC 9457 problem with a stable `code`, the invalid fields and the request's id. */
export const ProblemBody = z
  .object({
    type: z.string().openapi({ description: "URI that identifies the kind of problem" }),
    title: z.string().openapi({ description: "Short summary of the kind of problem, for people" }),
    status: z.int().openapi({ description: "The HTTP status" }),
    code: z.string().openapi({ description: "Stable code of the problem, for programs" }),
    detail: z.string().optional().openapi({ description: "Explanation of this occurrence, for people" }),
    errors: z
      .array(
        z.object({
          field: z.string().openapi({ description: "Path of the field, for example `content.text`" }),
          message: z.string().openapi({ description: "The field's fault, in words" }),
        }),
      )
      .optional()
      .openapi({ description: "The fields that were refused, if the problem is with fields" }),
    request_id: z
      .string()
      .openapi({ description: "Id of the request, also in the header `X-Request-Id`; quote it when you ask for help" }),
  })
  .openapi("Problem");
export type ProblemBody = z.infer<typeof ProblemBody>;
