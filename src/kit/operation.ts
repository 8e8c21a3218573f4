import type { z } from "@hono/zod-openapi";
import type { Context, Hono } from "hono";
import { readJsonBody } from "./body";
import { retryOnConflict } from "./commit";
import type { PublicCtx, TenantCtx } from "./context";
import { withIdempotency } from "./idempotency";
import { parseBody, parsePart, parseQuery } from "./parse";
import {
  forbidden,
  internal,
  invalidRequest,
  malformed,
  Problem,
  type ProblemKind,
  upgradeInProgress,
} from "./problem";
import { badOrigin, bodyTooLarge, idempotencyConflict, unauthenticated, unsupportedMediaType } from "./problem";

/**
 * An operation is one object with its contract and its verb. A route gives it a method, a path and a guard, and loads
 * it at its first call or for the document, so that unused schemas are never built.
 */

/** Decides who may call. `C`: the context of an admitted call. */
export interface Guard<C extends PublicCtx = PublicCtx> {
  /** The permission; or `public`, `signed_in`, `operator`. */
  readonly permission: string;
  /** The callers belong to a tenant: sessions and API keys. */
  readonly ofTenant: boolean;
  /** Security requirements in OpenAPI's form; empty: none. */
  readonly security: readonly Record<string, []>[];
  /** For the document; undefined if nothing is needed. */
  readonly description: string | undefined;
  /** Returns the context of an admitted call. Throws a problem otherwise. */
  admits(c: Context<AppEnv>, how: Freshness): Promise<C>;
}

/** How fresh the caller's data must be. "socket": read past caches, and the caller may bring a ticket. */
export type Freshness = "replica" | "primary" | "socket";
export type Method = "get" | "post" | "put" | "patch" | "delete";

export interface Route {
  guard: Guard;
  load(): Promise<{ default: Operation }>;
}

export interface Area {
  tag: string;
  /** The description of the tag, for the document. */
  description: string;
  /** Keyed by "METHOD /path/{id}". */
  routes: Record<`${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`, Route>;
}

type Shape = z.ZodObject | undefined;
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface Call<C, P extends Shape, Q extends Shape, B> {
  ctx: C;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  /** For sockets, streams and ranges. Verbs never receive it. */
  request: Request;
}

export interface RawBody {
  contentType: string;
  schema: z.ZodType;
}

export interface Operation<
  C = never,
  P extends Shape = Shape,
  Q extends Shape = Shape,
  B = z.ZodType | undefined,
  R = z.ZodType,
> {
  id: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  /** Unknown parameters are ignored: a channel calls the address that was entered there, which may have any query. */
  anyQuery?: true;
  body?: B;
  /** Example bodies by title, for the document. A test validates them against `body`. */
  examples?: Record<string, B extends z.ZodType ? z.input<B> : never>;
  /** A body that the operation reads itself, because its bytes matter; for the document. */
  rawBody?: RawBody | readonly RawBody[];
  response: R;
  /** The type of an answer that is not JSON; `handle` then returns a Response. */
  contentType?: string;
  /** 101: a WebSocket, which a ticket opens too. */
  status?: 101 | 200 | 201 | 202 | 204;
  /** May also answer 206 for a range, and 304 if the content has not changed. */
  partial?: true;
  /** The operation's own problems; see `problemsOf` for the others. */
  problems?: readonly ProblemKind[];
  /** Accepts an Idempotency-Key. "stored": `commit` stores the answer; "own": the operation is idempotent by itself. */
  idempotent?: "stored" | "own";
  /**
   * Permissions that some calls need besides the guard's, with the case: `{ "notes.moderate": "for colleagues' notes"
   * }`. See `requireRight`.
   */
  alsoNeeds?: Readonly<Record<string, string>>;
  handle(call: Call<C, P, Q, B>): Promise<(R extends z.ZodType ? z.input<R> : never) | Response | Reply>;
}

/**
 * Checks an operation's types where it is written, then erases them, so that hundreds of operations stay cheap to
 * compile.
 */
export function defineOperation<
  C,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B = undefined,
  R = z.ZodType,
>(op: Operation<C, P, Q, B, R>): Operation<C> {
  return op as unknown as Operation<C>;
}

/** An answer with additional headers. */
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
    authenticate: (how: Freshness) => Promise<TenantCtx>;
    /** The methods that the path has, if the requested one is not among them. */
    allowed: readonly string[] | undefined;
  };
}

/** An operation with the route that serves it. */
export type MountedOperation = Operation & { tag: string; method: Method; path: string; guard: Guard };

export const isSocket = (op: Pick<Operation, "status">): boolean => op.status === 101;

/** Loads all operations, for the document and for tests. */
export async function loadOperations(areas: readonly Area[]): Promise<MountedOperation[]> {
  const mounted = areas.flatMap(({ tag, routes }) =>
    Object.entries(routes).map(async ([where, route]): Promise<MountedOperation> => {
      const [method, path] = partsOf(where);
      return { ...(await operationOf(route)), tag, method, path, guard: route.guard };
    }),
  );
  return Promise.all(mounted);
}

const operations = new WeakMap<Route, Operation>();

/** Keeps the operation, not its promise: awaiting a promise of another request hangs if that request is cancelled. */
async function operationOf(route: Route): Promise<Operation> {
  const known = operations.get(route);
  if (known) return known;
  const { default: loaded } = await route.load();
  operations.set(route, loaded);
  return loaded;
}

function partsOf(where: string): [Method, string] {
  const [method = "", path = ""] = where.split(" ");
  return [method.toLowerCase() as Method, path];
}

/** Registers the areas' routes. An operation is loaded at its first call. */
export function mount(app: Hono<AppEnv>, areas: readonly Area[]): void {
  const methodsOf = new Map<string, string[]>();
  for (const [where, route] of areas.flatMap(({ routes }) => Object.entries(routes))) {
    const [method, path] = partsOf(where);
    const pattern = path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.on(method.toUpperCase(), pattern, serve(method, path, route));
    const methods = method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
    methodsOf.set(pattern, [...(methodsOf.get(pattern) ?? []), ...methods]);
  }
  // Reached only if the path exists but not with this method: answers 405. Two patterns may match one path.
  for (const [pattern, methods] of methodsOf) {
    app.all(pattern, (c, next) => {
      c.set("allowed", [...(c.get("allowed") ?? []), ...methods]);
      return next();
    });
  }
}

function serve(method: Method, path: string, route: Route) {
  let mounted: MountedOperation | undefined;
  return async (c: Context<AppEnv>): Promise<Response> => {
    const op = (mounted ??= { ...(await operationOf(route)), tag: "", method, path, guard: route.guard });
    try {
      return await answer(op, c);
    } catch (error) {
      if (error instanceof Problem && !isDeclared(op, error)) {
        throw new Error(`${op.id} threw ${error.kind.code} (${error.message}) and does not declare it`, {
          cause: error,
        });
      }
      throw error;
    }
  };
}

/** A missing permission must be the guard's or one of `alsoNeeds`. */
function isDeclared(op: MountedOperation, error: Problem): boolean {
  if (error instanceof MissingRight && error.permission !== op.guard.permission)
    return Object.hasOwn(op.alsoNeeds ?? {}, error.permission);
  return problemsOf(op).includes(error.kind);
}

async function answer(op: MountedOperation, c: Context<AppEnv>): Promise<Response> {
  const { status = 200 } = op;
  const ctx = await op.guard.admits(c, isSocket(op) ? "socket" : op.method === "get" ? "replica" : "primary");
  const query = parseQuery(op.query, c.req.queries(), op.anyQuery);
  const params = op.params && parsePart(op.params, c.req.param());
  const raw = op.body && (await readJsonBody(c.req.raw));
  const body = op.body && parseBody(op.body, raw!.value);
  const run = async (): Promise<Response> => {
    const call = {
      ctx: ctx as never,
      params: params as never,
      query: query as never,
      body: body as never,
      request: c.req.raw,
    };
    const out = await retryOnConflict(() => op.handle(call));
    if (out instanceof Response) return out;
    const [value, headers] = out instanceof Reply ? [out.body, out.headers] : [out, {}];
    if (status === 204) return new Response(null, { status, headers });
    // Outside production an answer that violates its schema is a failure.
    const checked = ctx.config.ENVIRONMENT === "production" ? value : op.response.parse(value);
    return Response.json(checked, { status, headers: { "cache-control": "no-store", ...headers } });
  };
  return op.idempotent
    ? await withIdempotency(ctx, op, c.req.header("idempotency-key"), `${c.req.path}\n${raw?.text ?? ""}`, run)
    : await run();
}

/** All problems that an operation may answer: those of its guard, body and idempotency, and its own. */
export function problemsOf(op: MountedOperation): ProblemKind[] {
  return [
    malformed,
    internal,
    upgradeInProgress,
    ...(op.guard.security.length === 0 ? [] : [unauthenticated]),
    ...(op.guard.ofTenant ? [forbidden] : []),
    ...(op.guard.ofTenant && (op.method !== "get" || isSocket(op)) ? [badOrigin] : []),
    ...(op.body ? [invalidRequest, bodyTooLarge, unsupportedMediaType] : []),
    ...(op.idempotent ? [idempotencyConflict] : []),
    ...(op.problems ?? []),
  ];
}

/** 403 for one permission. An operation may answer it for its guard's permission and for those in `alsoNeeds`. */
export class MissingRight extends Problem {
  readonly permission: string;
  constructor(permission: string) {
    super(forbidden, `needs ${permission}`, {});
    this.permission = permission;
  }
}
