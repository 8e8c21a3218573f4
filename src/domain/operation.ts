import type { z } from "@hono/zod-openapi";
import type { PublicCtx, TenantCtx } from "../kit/context";
import { sha256Hex } from "../kit/id";
import { type Area, defineOperation, type Guard, MissingRight, type Operation, type Route } from "../kit/operation";
import { forbidden, unauthenticated } from "../kit/problem";
import type { Ctx } from "./context";
import type { Permission } from "./permissions";

/** Builders for an area's `index.ts` and its verbs. */

type Shape = z.ZodObject | undefined;

/** An operation of a tenant's agents and programs. */
export const operation = <P extends Shape = undefined, Q extends Shape = undefined, B = undefined, R = z.ZodType>(
  op: Operation<Ctx, P, Q, B, R> & { alsoNeeds?: Partial<Record<Permission, string>> },
): Operation<Ctx> => defineOperation(op);

/** An operation without a tenant: public, or the operator's. */
export const publicOperation = <P extends Shape = undefined, Q extends Shape = undefined, B = undefined, R = z.ZodType>(
  op: Operation<PublicCtx, P, Q, B, R>,
): Operation<PublicCtx> => defineOperation(op);

export const area = (definition: Area): Area => definition;

type Load<C> = () => Promise<{ default: Operation<C> }>;
const routeOf =
  <C extends PublicCtx>(guard: Guard<C>) =>
  (load: Load<C>): Route => ({ guard, load: load as Route["load"] });

const TENANT_SECURITY: Record<string, []>[] = [{ bearer: [] }, { cookie: [] }, { apiKey: [] }];

/** For callers with this permission. */
export const can = (permission: Permission, load: Load<Ctx>): Route =>
  routeOf<Ctx>({
    permission,
    ofTenant: true,
    security: TENANT_SECURITY,
    description: `Needs \`${permission}\`.`,
    admits: async (c, how) => requireRight((await c.get("authenticate")(how)) as Ctx, permission),
  })(load);

/** For every session and API key. */
export const signedIn: (load: Load<Ctx>) => Route = routeOf<Ctx>({
  permission: "signed_in",
  ofTenant: true,
  security: TENANT_SECURITY,
  description: "Needs a session or an API key.",
  admits: async (c, how) => (await c.get("authenticate")(how)) as Ctx,
});

/** For everyone, without credentials. Explicit, so that no operation is left unguarded by accident. */
export const everyone: (load: Load<PublicCtx>) => Route = routeOf<PublicCtx>({
  permission: "public",
  ofTenant: false,
  security: [],
  description: undefined,
  admits: async (c) => c.get("publicCtx"),
});

/** For the deployment's operators, who belong to no tenant. */
export const operator: (load: Load<PublicCtx>) => Route = routeOf<PublicCtx>({
  permission: "operator",
  ofTenant: false,
  security: [{ operator: [] }],
  description: "Needs the operator's token.",
  admits: async (c) => {
    const { OPERATOR_TOKEN: token } = c.get("publicCtx").config;
    const given = c.req.header("authorization") ?? "";
    if (!token || sha256Hex(given) !== sha256Hex(`Bearer ${token}`)) throw unauthenticated();
    return c.get("publicCtx");
  },
});

/**
 * Returns the context, or throws a 403 if the caller lacks the permission. A verb that calls this lists the permission
 * in its operation's `alsoNeeds`.
 */
export function requireRight<C extends TenantCtx>(ctx: C, permission: Permission): C {
  if (!ctx.actor.permissions.has(permission)) throw new MissingRight(permission);
  return ctx;
}

/**
 * Throws a 403 for an API key of type `read`, which holds every right to look: for changes that need no more than such a right. Returns
 * the id of the caller's agent.
 */
export function requireWriter({ actor }: Ctx): string {
  if (actor.readsOnly || actor.id === null) throw forbidden("an API key of type read cannot change anything");
  return actor.id;
}
