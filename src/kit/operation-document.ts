import { createRoute, type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import { isSocket, type MountedOperation, problemsOf } from "./operation";
import { ProblemBody } from "./problem-body";

/** Builds the OpenAPI entry of an operation from the object that serves it. */

const securityOf = (op: MountedOperation): Record<string, []>[] => [
  ...op.guard.security,
  ...(isSocket(op) ? [{ ticket: [] as [] }] : []),
];

const IDEMPOTENCY_KEY = z.object({
  "idempotency-key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .openapi({ description: "Repeating a call with the same key and body returns the same answer for 24 hours" }),
});
const BOOKMARK = z.object({
  "x-d1-bookmark": z.string().optional().openapi({
    description: "The `X-D1-Bookmark` of an earlier answer: this answer then includes what that call wrote or read",
  }),
});

function headersOf(op: MountedOperation): z.ZodObject | undefined {
  if (op.idempotent) return IDEMPOTENCY_KEY;
  return op.guard.ofTenant && op.method === "get" && !isSocket(op) ? BOOKMARK : undefined;
}

const OUTCOMES = { 101: "Switches to the WebSocket protocol", 200: "OK", 201: "Created", 202: "Accepted", 204: "Done" };

/** Headers of answers, which the document defines once and refers to. */
const HEADERS = {
  RequestId: ["X-Request-Id", "Id of the request, also in the logs; quote it when you ask for help"],
  Bookmark: ["X-D1-Bookmark", "Send it with the next GET, which then returns data at least as recent as this answer"],
  Replayed: [
    "Idempotency-Replayed",
    "`true` if this is the answer of the first call with the same key; nothing was done again",
  ],
  RetryAfter: ["Retry-After", "Seconds to wait before trying again"],
} as const;

const answerHeaders = (...names: (keyof typeof HEADERS)[]): Record<string, { $ref: string }> =>
  Object.fromEntries(names.map((name) => [HEADERS[name][0], { $ref: `#/components/headers/${name}` }]));

function responseOf(op: MountedOperation): RouteConfig["responses"] {
  const { status = 200, contentType = "application/json", response } = op;
  const answer = {
    description: OUTCOMES[status],
    ...(!isSocket(op) && {
      headers: answerHeaders(
        "RequestId",
        ...(op.guard.ofTenant ? ["Bookmark" as const] : []),
        ...(op.idempotent ? ["Replayed" as const] : []),
      ),
    }),
    ...(status !== 204 && status !== 101 && { content: { [contentType]: { schema: response } } }),
  };
  const failures = Object.entries(Object.groupBy(problemsOf(op), (problem) => problem.status)).map(([code, kinds]) => [
    code,
    {
      description: [...new Set(kinds!.map(({ code: name, title }) => `- \`${name}\`: ${title}`))].join("\n"),
      headers: answerHeaders("RequestId", ...(code === "429" || code === "503" ? ["RetryAfter" as const] : [])),
      content: { "application/problem+json": { schema: ProblemBody } },
    },
  ]);
  return {
    [status]: answer,
    ...(op.partial && { 206: { ...answer, description: "The requested range" }, 304: { description: "Not changed" } }),
    ...Object.fromEntries(failures),
  };
}

/** The rights that the operation needs, then its own description. */
function descriptionOf({ description, guard, alsoNeeds = {} }: MountedOperation): string | undefined {
  const more = Object.entries(alsoNeeds).map(([permission, when]) => `Also needs \`${permission}\` ${when}.`);
  return [guard.description, ...more, description].filter(Boolean).join(" ") || undefined;
}

const examplesOf = ({ examples }: MountedOperation): { examples?: Record<string, { value: unknown }> } =>
  examples
    ? { examples: Object.fromEntries(Object.entries(examples).map(([shows, value]) => [shows, { value }])) }
    : {};

export function registerHeaders(registry: OpenAPIHono["openAPIRegistry"]): void {
  for (const [name, [, description]] of Object.entries(HEADERS))
    registry.registerComponent("headers", name, { description, schema: { type: "string" } });
}

export function routeConfigOf(op: MountedOperation): RouteConfig {
  const [headers, description] = [headersOf(op), descriptionOf(op)];
  return createRoute({
    operationId: op.id,
    tags: [op.tag],
    summary: op.summary,
    ...(description !== undefined && { description }),
    method: op.method,
    path: op.path,
    request: {
      ...(op.params && { params: op.params }),
      ...(op.query && { query: op.query }),
      ...(headers && { headers }),
      ...(op.body && {
        body: { required: true, content: { "application/json": { schema: op.body, ...examplesOf(op) } } },
      }),
      ...(op.rawBody && {
        body: {
          required: true,
          content: Object.fromEntries([op.rawBody].flat().map(({ contentType, schema }) => [contentType, { schema }])),
        },
      }),
    },
    security: securityOf(op),
    responses: responseOf(op),
  });
}
