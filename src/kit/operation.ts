import { createRoute, type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readJsonBody } from "./body";
import type { Ctx, PublicCtx } from "./context";
import { withIdempotency } from "./idempotency";
import { sha256Hex } from "./id";
import type { Permission } from "./permissions";
import { wordsOf } from "./words";
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
  unauthenticated,
  unsupportedMediaType,
} from "./problem";

z.config({ customError: wordsOf });

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
  /** Bodies as a caller would send them, by what they show; for the document. A test holds them against `body`. */
  examples?: Record<string, B extends z.ZodType ? z.input<B> : never>;
  /** A body that is not parsed here, because its bytes matter; for the document. */
  rawBody?: RawBody | readonly RawBody[];
  response: R;
  /** The type of an answer that is not JSON; the handler returns a Response itself. */
  contentType?: string;
  /** 101: a WebSocket, which a ticket opens as well. */
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
  Variables: {
    publicCtx: PublicCtx;
    /** How fresh the tenant's data must be; or for a socket, whose caller is read anew and may bring a ticket. */
    authenticate: (way: "replica" | "primary" | "socket") => Promise<Ctx>;
    /** The methods of the address, if it has none for the one that was asked. */
    allowed: readonly string[] | undefined;
  };
}

const isSocket = (op: Operation): boolean => op.status === 101;
/** Called by somebody of a tenant. */
const hasCaller = (op: Operation): boolean => op.permission !== "public" && op.permission !== "operator";

function securityOf(op: Operation): Record<string, []>[] {
  if (op.permission === "public") return [];
  if (op.permission === "operator") return [{ operator: [] }];
  return [{ bearer: [] }, { cookie: [] }, { apiKey: [] }, ...(isSocket(op) ? [{ ticket: [] as [] }] : [])];
}

const IDEMPOTENCY_KEY = z.object({
  "idempotency-key": z.string().min(1).max(255).optional().openapi({ description: "The same key and body answer the same for 24 hours" }),
});
const BOOKMARK = z.object({
  "x-d1-bookmark": z.string().optional().openapi({ description: "The header of an earlier answer: what that call wrote or read is in this answer" }),
});

function headersOf(op: Operation): z.ZodObject | undefined {
  if (op.idempotent) return IDEMPOTENCY_KEY;
  return hasCaller(op) && op.method === "get" && !isSocket(op) ? BOOKMARK : undefined;
}

function problemsOf(op: Operation): ProblemKind[] {
  return [
    malformed,
    internal,
    ...(op.permission === "public" ? [] : [unauthenticated]),
    ...(hasCaller(op) ? [forbidden] : []),
    ...(hasCaller(op) && (op.method !== "get" || isSocket(op)) ? [badOrigin] : []),
    ...(op.body ? [invalidRequest, bodyTooLarge, unsupportedMediaType] : []),
    ...(op.idempotent ? [idempotencyConflict] : []),
    ...(op.problems ?? []),
  ];
}

const OUTCOMES = { 101: "It is a WebSocket from here on", 200: "OK", 201: "Created", 202: "Accepted", 204: "Done" };

/** Headers of answers, once in the document; answers refer to them. */
const HEADERS = {
  RequestId: ["X-Request-Id", "What to name when something is wrong: logs have it"],
  Bookmark: ["X-D1-Bookmark", "Send it along with the next GET, which then shows at least what this answer knows"],
  Replayed: ["Idempotency-Replayed", "`true`: the answer of the first call with this key; nothing was done again"],
  RetryAfter: ["Retry-After", "Seconds until it is worth trying again"],
} as const;

const answerHeaders = (...names: (keyof typeof HEADERS)[]): Record<string, { $ref: string }> =>
  Object.fromEntries(names.map((name) => [HEADERS[name][0], { $ref: `#/components/headers/${name}` }]));

function responseOf(op: Operation): RouteConfig["responses"] {
  const { status = 200, contentType = "application/json", response } = op;
  const answer = {
    description: OUTCOMES[status],
    ...(!isSocket(op) && {
      headers: answerHeaders("RequestId", ...(hasCaller(op) ? ["Bookmark" as const] : []), ...(op.idempotent ? ["Replayed" as const] : [])),
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
    ...(op.partial && { 206: { ...answer, description: "The part that was asked for" }, 304: { description: "Not changed" } }),
    ...Object.fromEntries(failures),
  };
}

/** Which right it needs, which no operation says of itself, and what it says. */
function descriptionOf({ description, permission }: Operation): string | undefined {
  const needs = {
    public: undefined,
    signed_in: "Needs a session or an API key.",
    operator: "Needs the operator's token.",
  };
  const need = permission in needs ? needs[permission as keyof typeof needs] : `Needs \`${permission}\`.`;
  return [need, description].filter(Boolean).join(" ") || undefined;
}

/** Serves an operation and enters it in the API's document: the same object does both. */
export function mount(app: OpenAPIHono<AppEnv>, operations: readonly Operation[]): void {
  for (const [name, [, description]] of Object.entries(HEADERS))
    app.openAPIRegistry.registerComponent("headers", name, { description, schema: { type: "string" } });
  for (const op of operations) {
    const [headers, description] = [headersOf(op), descriptionOf(op)];
    const route = createRoute({
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
        ...(op.body && { body: { required: true, content: { "application/json": { schema: op.body, ...examplesOf(op) } } } }),
        ...(op.rawBody && {
          body: { required: true, content: Object.fromEntries([op.rawBody].flat().map(({ contentType, schema }) => [contentType, { schema }])) },
        }),
      },
      security: securityOf(op),
      responses: responseOf(op),
    });
    app.openAPIRegistry.registerPath(route);
    app.on(op.method.toUpperCase(), routeOf(op), serve(op));
  }
  // After all of them: who comes this far has named an address and no method of its. Two routes may fit one address.
  for (const [route, theirs] of Map.groupBy(operations, routeOf)) {
    const methods = theirs.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]));
    app.all(route, (c, next) => {
      c.set("allowed", [...(c.get("allowed") ?? []), ...methods]);
      return next();
    });
  }
}

const examplesOf = ({ examples }: Operation): { examples?: Record<string, { value: unknown }> } =>
  examples ? { examples: Object.fromEntries(Object.entries(examples).map(([shows, value]) => [shows, { value }])) } : {};

const routeOf = (op: Operation): string => op.path.replaceAll(/\{(\w+)\}/g, ":$1");

function serve(op: Operation) {
  const declared = new Set(problemsOf(op));
  const { status = 200 } = op;
  return async (c: Context<AppEnv>): Promise<Response> => {
    try {
      const ctx = await admit(op, c);
      const query = parseQuery(op, c.req.query());
      const params = op.params && parsePart(op.params, c.req.param());
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
  const ctx = await c.get("authenticate")(isSocket(op) ? "socket" : op.method === "get" ? "replica" : "primary");
  if (op.permission !== "signed_in" && !ctx.actor.permissions.has(op.permission)) throw forbidden(`needs ${op.permission}`);
  return ctx;
}

const MAX_ERRORS = 20;
/** The field that an error names which is about no field of the body, but about all of it. */
const WHOLE = "body";

/** One issue may name as many unknown fields as a body has. */
const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues
    .slice(0, MAX_ERRORS)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.slice(0, MAX_ERRORS).map((key) => ({ field: [...issue.path, key].join(".").slice(0, 200), message: "unknown field" }))
        : [{ field: issue.path.join(".").slice(0, 200) || WHOLE, message: issue.message.slice(0, 500) }],
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

/** A parameter that nobody reads is a mistake: a filter that is spelled wrong would answer everything. */
function parseQuery(op: Operation, value: Record<string, string>): unknown {
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(op.query?.shape ?? {}, name));
  // What a channel calls has the address that somebody entered there.
  if (unknown.length > 0 && !op.rawBody) {
    const errors = unknown.slice(0, MAX_ERRORS).map((name) => ({ field: name.slice(0, 200), message: "unknown parameter" }));
    throw malformed(inWords(errors), { errors });
  }
  return op.query && parsePart(op.query, value);
}

function parseBody(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error);
  throw invalidRequest(inWords(errors), { errors });
}
