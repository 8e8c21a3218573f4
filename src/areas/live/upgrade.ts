import { z } from "@hono/zod-openapi";
import type { SocketIdentity } from "../../../durable-objects/live.wire";
import { inboxOf } from "../../../durable-objects/stubs";
import type { OrgRef, PublicCtx } from "../../kit/context";
import { UUID_PATTERN } from "../../kit/id";
import { defineProblem, forbidden, unauthenticated } from "../../kit/problem";
import { authenticateAnew } from "../auth/authenticate";

export const upgradeRequired = defineProblem({ code: "upgrade_required", status: 426, title: "This address speaks WebSocket" });

export const liveQuery = z.object({
  ticket: z.string().max(200).optional().openapi({ description: "From POST /api/live/tickets; programs send their usual header instead" }),
  since: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().openapi({ description: "The `seq` of the last frame that was received" }),
});
export type LiveQuery = z.output<typeof liveQuery>;

/**
 * Who calls, as it is now: a socket lives long, so what it may do does not rest on what was read some seconds ago. Rights that
 * are taken back after this moment find the socket, or keep it from opening.
 */
export async function socketIdentity(publicCtx: PublicCtx, request: Request): Promise<Caller> {
  const authenticatedAt = publicCtx.now();
  const { actor, org } = await authenticateAnew(publicCtx, request);
  if (!actor.permissions.has("conversations.view")) throw forbidden("needs conversations.view");
  const identity = {
    agentId: actor.agentId!,
    credentialId: actor.credentialId,
    all: actor.permissions.has("conversations.view_all"),
    divisionIds: [...actor.divisionIds],
    readsNotes: actor.permissions.has("notes.view"),
    authenticatedAt,
    expiresAt: actor.expiresAt ?? null,
  };
  return { identity, org };
}

interface Caller {
  identity: SocketIdentity;
  org: OrgRef;
}

/** Who wants to listen: by header, or by a ticket, which is used up here. */
export async function socketCaller(ctx: PublicCtx, request: Request, query: LiveQuery): Promise<Caller> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw upgradeRequired();
  if (query.ticket === undefined) return socketIdentity(ctx, request);
  const [orgId = "", word = ""] = query.ticket.split(".");
  if (!UUID_PATTERN.test(orgId) || word === "") throw unauthenticated("the ticket is not valid");
  const redeemed = await inboxOf({ env: ctx.env, cost: ctx.cost, org: { id: orgId, tenantDb: "", country: null } }).redeemTicket(word);
  if (!redeemed) throw unauthenticated("the ticket is not valid");
  return { identity: redeemed.identity, org: { id: orgId, tenantDb: redeemed.tenantDb, country: null } };
}

/** The object's answer; it refuses whose rights were taken back meanwhile. */
export function upgraded(response: Response): Response {
  if (response.status === 401) throw unauthenticated("the session is over");
  return response;
}

/** The request that an object upgrades. It says who is there, and nothing else of the caller's comes along. */
export function socketRequest(caller: Caller, query: LiveQuery): Request {
  const headers = new Headers({
    upgrade: "websocket",
    "x-omnistream-identity": JSON.stringify(caller.identity),
    "x-omnistream-tenant-db": caller.org.tenantDb,
  });
  if (query.since !== undefined) headers.set("x-omnistream-since", String(query.since));
  return new Request("https://object/live", { headers });
}
