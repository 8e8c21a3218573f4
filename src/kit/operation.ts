import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readJsonBody } from "./body";
import { whileRaced } from "./commit";
import type { Ctx, PublicCtx } from "./context";
import { withIdempotency } from "./idempotency";
import { sha256Hex } from "./id";
import type { Permission } from "../domain/permissions";
import { isSocket, problemsOf, registerHeaders, routeConfigOf } from "./operation-document";
import { parseBody, parsePart, parseQuery } from "./parse";
import { forbidden, Problem, type ProblemKind, unauthenticated } from "./problem";

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

export interface Operation<
  G extends Guard = Guard,
  P extends Shape = Shape,
  Q extends Shape = Shape,
  B = z.ZodType | undefined,
  R = z.ZodType,
> {
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

/** Checks one operation's types where it is written, then forgets them, so that hundreds of them stay cheap to compile. */
export function operation<
  G extends Guard,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B = undefined,
  R = z.ZodType,
>(op: Operation<G, P, Q, B, R>): Operation {
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

/** Serves an operation and enters it in the API's document: the same object does both. */
export function mount(app: OpenAPIHono<AppEnv>, operations: readonly Operation[]): void {
  registerHeaders(app.openAPIRegistry);
  for (const op of operations) {
    app.openAPIRegistry.registerPath(routeConfigOf(op));
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

const routeOf = (op: Operation): string => op.path.replaceAll(/\{(\w+)\}/g, ":$1");

function serve(op: Operation) {
  const declared = new Set(problemsOf(op));
  const { status = 200 } = op;
  return async (c: Context<AppEnv>): Promise<Response> => {
    try {
      const ctx = await admit(op, c);
      // What a channel calls has the address that somebody entered there, with whatever they put into it.
      const query = op.rawBody ? op.query && parsePart(op.query, c.req.query()) : parseQuery(op.query, c.req.query());
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
        const out = await whileRaced(() => op.handle(call));
        if (out instanceof Response) return out;
        const [value, headers] = out instanceof Reply ? [out.body, out.headers] : [out, {}];
        if (status === 204) return new Response(null, { status, headers });
        // Outside production an answer that is not what the document says is a failure.
        const answer = ctx.config.ENVIRONMENT === "production" ? value : op.response.parse(value);
        return Response.json(answer, { status, headers: { "cache-control": "no-store", ...headers } });
      };
      return op.idempotent
        ? await withIdempotency(ctx, op, c.req.header("idempotency-key"), `${c.req.path}\n${raw?.text ?? ""}`, run)
        : await run();
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
    if (!token || sha256Hex(c.req.header("authorization") ?? "") !== sha256Hex(`Bearer ${token}`))
      throw unauthenticated();
    return c.get("publicCtx");
  }
  const ctx = await c.get("authenticate")(isSocket(op) ? "socket" : op.method === "get" ? "replica" : "primary");
  if (op.permission !== "signed_in" && !ctx.actor.permissions.has(op.permission))
    throw forbidden(`needs ${op.permission}`);
  return ctx;
}
