import { createRoute, type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readJsonBody } from "./body";
import type { Ctx, PublicCtx } from "./context";
import { withIdempotency } from "./idempotency";
import { sha256Hex } from "./id";
import type { Permission } from "./permissions";
import {
  badOrigin,
  bodyTooLarge,
  type FieldError,
  forbidden,
  idempotencyConflict,
  internal,
  invalidRequest,
  malformed,
  Problem,
  ProblemBody,
  type ProblemKind,
  tooManyRequests,
  unauthenticated,
  unsupportedMediaType,
} from "./problem";

/**
 * `"public"` and `"signed_in"` must be written out: there is no way to leave an operation unguarded by accident. `"operator"` is
 * for who runs the deployment, and belongs to no tenant.
 */
type Guard = Permission | "signed_in" | "operator" | "public";
type Shape = z.ZodObject | undefined;
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface Call<G extends Guard, P extends Shape, Q extends Shape, B> {
  ctx: G extends "public" | "operator" ? PublicCtx : Ctx;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  /** For what is not JSON: sockets, streams, ranges. Verbs never see it. */
  request: Request;
}

export interface RawBody {
  contentType: string;
  schema: z.ZodType;
}

export interface Operation<G extends Guard = Guard, P extends Shape = Shape, Q extends Shape = Shape, B = z.ZodType | undefined, R = z.ZodType> {
  id: string;
  tag: string;
  summary: string;
  description?: string;
  method: "get" | "post" | "put" | "patch" | "delete";
  path: `/${string}`;
  permission: G;
  params?: P;
  query?: Q;
  body?: B;
  /** A body that is not parsed here, because its bytes matter; for the document. */
  rawBody?: RawBody | readonly RawBody[];
  response: R;
  /** The type of an answer that is not JSON; the handler returns a Response itself. */
  contentType?: string;
  status?: 101 | 200 | 201 | 202 | 204;
  /** Also answers 206, a part of the same, and 304: it has not changed. */
  partial?: true;
  /** Every failure of its own that this operation may answer. */
  problems?: readonly ProblemKind[];
  /** Takes an Idempotency-Key: "stored" is kept by `commit`, "own" by the operation itself. */
  idempotent?: "stored" | "own";
  handle(call: Call<G, P, Q, B>): Promise<(R extends z.ZodType ? z.input<R> : never) | Response | Reply>;
}

/** Checks one operation's types where it is written, then forgets them, so that 277 of them stay cheap to compile. */
export function operation<G extends Guard, P extends Shape = undefined, Q extends Shape = undefined, B = undefined, R = z.ZodType>(
  op: Operation<G, P, Q, B, R>,
): Operation {
  return op as unknown as Operation;
}

/** An answer with headers of its own. */
export class Reply {
  readonly body: unknown;
  readonly headers: Record<string, string>;
  constructor(body: unknown, headers: Record<string, string>) {
    this.body = body;
    this.headers = headers;
  }
}

export interface AppEnv {
  Bindings: Env;
  Variables: { publicCtx: PublicCtx; authenticate: (freshness: "replica" | "primary") => Promise<Ctx> };
}

const SECURITY: Record<string, Record<string, []>[] | undefined> = { public: [], operator: [{ operator: [] }] };

const IDEMPOTENCY_HEADER = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().openapi({ description: "The same key and body answer the same for 24 hours" }),
});

function problemsOf(op: Operation): ProblemKind[] {
  return [
    malformed,
    internal,
    ...(op.permission === "public" ? [] : [unauthenticated]),
    ...(op.permission === "public" || op.permission === "operator" ? [] : [forbidden, badOrigin]),
    ...(op.body ? [invalidRequest, bodyTooLarge, unsupportedMediaType] : []),
    ...(op.idempotent ? [idempotencyConflict] : []),
    tooManyRequests,
    ...(op.problems ?? []),
  ];
}

function responseOf(op: Operation): RouteConfig["responses"] {
  const { status = 200, summary, contentType = "application/json", response } = op;
  const answer = status === 204 || status === 101 ? { description: summary } : { description: summary, content: { [contentType]: { schema: response } } };
  const byStatus = Object.groupBy(problemsOf(op), (problem) => problem.status);
  const failures = Object.entries(byStatus).map(([code, kinds]) => [
    code,
    { description: [...new Set(kinds!.map((kind) => kind.code))].join(", "), content: { "application/problem+json": { schema: ProblemBody } } },
  ]);
  return { [status]: answer, ...(op.partial && { 206: answer, 304: { description: "Not changed" } }), ...Object.fromEntries(failures) };
}

/** Whatever an operation says of itself, a reader sees which right it needs. */
function descriptionOf({ description, permission, summary }: Operation): string {
  if (!permission.includes(".") || description?.includes(permission)) return description ?? `${summary}.`;
  return [`Needs \`${permission}\`.`, description].filter(Boolean).join(" ");
}

/** Serves an operation and enters it in the API's document: the same object does both. */
export function mount(app: OpenAPIHono<AppEnv>, operations: readonly Operation[]): void {
  for (const op of operations) {
    const route = createRoute({
      operationId: op.id,
      tags: [op.tag],
      summary: op.summary,
      description: descriptionOf(op),
      method: op.method,
      path: op.path,
      request: {
        ...(op.params && { params: op.params }),
        ...(op.query && { query: op.query }),
        ...(op.idempotent && { headers: IDEMPOTENCY_HEADER }),
        ...(op.body && { body: { required: true, content: { "application/json": { schema: op.body } } } }),
        ...(op.rawBody && {
          body: { required: true, content: Object.fromEntries([op.rawBody].flat().map(({ contentType, schema }) => [contentType, { schema }])) },
        }),
      },
      security: SECURITY[op.permission] ?? [{ bearer: [] }, { cookie: [] }, { apiKey: [] }],
      responses: responseOf(op),
    });
    app.openAPIRegistry.registerPath(route);
    app.on(op.method.toUpperCase(), op.path.replaceAll(/\{(\w+)\}/g, ":$1"), serve(op));
  }
}

function serve(op: Operation) {
  const declared = new Set(problemsOf(op));
  const { status = 200 } = op;
  return async (c: Context<AppEnv>): Promise<Response> => {
    try {
      const ctx = await admit(op, c);
      const params = op.params && parsePart(op.params, c.req.param());
      const query = op.query && parsePart(op.query, c.req.query());
      const raw = op.body && (await readJsonBody(c.req.raw));
      const body = op.body && parseBody(op.body, raw!.value);
      const run = async (): Promise<Response> => {
        const out = await op.handle({ ctx: ctx as never, params: params as never, query: query as never, body: body as never, request: c.req.raw });
        if (out instanceof Response) return out;
        const [value, headers] = out instanceof Reply ? [out.body, out.headers] : [out, {}];
        if (status === 204) return new Response(null, { status, headers });
        // Outside production an answer that is not what the document says is a failure.
        const answer = ctx.config.ENVIRONMENT === "production" ? value : op.response.parse(value);
        return Response.json(answer, { status, headers: { "cache-control": "no-store", ...headers } });
      };
      return op.idempotent ? await withIdempotency(ctx, op, c.req.header("idempotency-key"), `${c.req.path}\n${raw?.text ?? ""}`, run) : await run();
    } catch (error) {
      if (error instanceof Problem && !declared.has(error.kind)) {
        throw new Error(`${op.id} threw ${error.kind.code} and does not declare it`, { cause: error });
      }
      throw error;
    }
  };
}

/** Lets the caller in, or throws. */
async function admit(op: Operation, c: Context<AppEnv>): Promise<PublicCtx> {
  if (op.permission === "public") return c.get("publicCtx");
  if (op.permission === "operator") {
    const { OPERATOR_TOKEN: token } = c.get("publicCtx").config;
    if (!token || sha256Hex(c.req.header("authorization") ?? "") !== sha256Hex(`Bearer ${token}`)) throw unauthenticated();
    return c.get("publicCtx");
  }
  const ctx = await c.get("authenticate")(op.method === "get" ? "replica" : "primary");
  if (op.permission !== "signed_in" && !ctx.actor.permissions.has(op.permission)) throw forbidden(`needs ${op.permission}`);
  return ctx;
}

const MAX_ERRORS = 20;

/** One issue may name as many unknown fields as a body has. */
const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.slice(0, MAX_ERRORS).map((key) => ({ field: [...issue.path, key].join(".").slice(0, 200), message: "unknown field" }))
        : [{ field: issue.path.join(".").slice(0, 200), message: issue.message.slice(0, 500) }],
    )
    .slice(0, MAX_ERRORS);

const inWords = (errors: readonly FieldError[]): string =>
  errors
    .map((error) => `${error.field}: ${error.message}`)
    .join("; ")
    .slice(0, 1000);

function parsePart(schema: z.ZodObject, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error);
  throw malformed(inWords(errors), { errors });
}

function parseBody(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error);
  throw invalidRequest(inWords(errors), { errors });
}
