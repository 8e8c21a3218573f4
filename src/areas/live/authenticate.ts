import { HEARING_PERMISSIONS } from "../../domain/event";
import type { SocketIdentity } from "../../domain/live";
import { inboxOf } from "../../objects";
import type { PublicCtx } from "../../kit/context";
import type { Actor, Ctx } from "../../domain/context";
import { UUID_PATTERN } from "../../kit/id";
import type { Permission } from "../../domain/permissions";
import { unauthenticated } from "../../kit/problem";
import { authenticateUncached, contextFor } from "../access/authenticate";
import { upgradeRequired } from "./problems";

/**
 * Authenticates the opener of a socket by header or by a single-use ticket. Reads the caller's rights anew, because a
 * socket lives long. Rights that are revoked after this read either find the socket or keep it from opening.
 */
export async function authenticateSocket(publicCtx: PublicCtx, request: Request): Promise<Ctx> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw upgradeRequired();
  const ticket = new URL(request.url).searchParams.get("ticket");
  if (ticket === null) return authenticateUncached(publicCtx, request);
  const [orgId = "", word = ""] = ticket.split(".");
  if (!UUID_PATTERN.test(orgId) || word === "") throw unauthenticated("the ticket is not valid");
  const { env, cost } = publicCtx;
  const redeemed = await inboxOf({ env, cost, org: { id: orgId } }).redeemTicket(word);
  if (!redeemed) throw unauthenticated("the ticket is not valid");
  return contextFor(publicCtx, {
    actor: actorOf(redeemed.identity),
    org: { id: orgId, tenantDb: redeemed.tenantDb },
  });
}

/** The part of the actor that a socket is authorised by. */
export function socketIdentity({ actor }: Ctx): SocketIdentity {
  const all = actor.permissions.has("conversations.view_all");
  return {
    agentId: actor.id!,
    credentialId: actor.credentialId,
    all,
    divisionIds: all ? [] : [...actor.divisionIds],
    hearsWith: HEARING_PERMISSIONS.filter((permission) => actor.permissions.has(permission)),
    authenticatedAt: actor.readAt!,
    expiresAt: actor.expiresAt ?? null,
  };
}

/** The inverse of `socketIdentity`, for tickets. */
function actorOf({
  agentId,
  credentialId,
  all,
  divisionIds,
  hearsWith,
  authenticatedAt,
  expiresAt,
}: SocketIdentity): Actor {
  const permissions: Permission[] = [
    "conversations.view",
    ...(all ? (["conversations.view_all"] as const) : []),
    ...hearsWith,
  ];
  return {
    kind: "agent",
    id: agentId,
    credentialId,
    permissions: new Set(permissions),
    divisionIds,
    readAt: authenticatedAt,
    expiresAt,
  };
}
