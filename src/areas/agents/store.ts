import type { Ctx } from "../../domain/context";
import type { ActorRef } from "../../domain/event";
import { requireOwnRights } from "../roles/own-rights";
import { AGENT_COLUMNS, type AgentRow } from "./model";
import { parsePermissions } from "../../domain/permissions";
import { agentNotFound, roleUnknown } from "./problems";

/** Throws `agent_not_found`, also for a deleted agent. */
export async function loadAgent(ctx: Ctx, id: string): Promise<AgentRow> {
  const [row] = await ctx.db.query<AgentRow>(
    `SELECT ${AGENT_COLUMNS} WHERE a.org_id = ?1 AND a.id = ?2 AND a.status <> 'deleted'`,
    id,
  );
  if (!row) throw agentNotFound();
  return row;
}

/**
 * The id of the role with this name. Throws `role_unknown`; `role_beyond_caller` if the caller lacks a right it has.
 */
export async function roleIdOf(ctx: Ctx, name: string): Promise<string> {
  const [role] = await ctx.db.query<{ id: string; permissions: string }>(
    "SELECT id, permissions FROM roles WHERE org_id = ?1 AND name = ?2",
    name,
  );
  if (!role) throw roleUnknown(undefined, { errors: [{ field: "role", message: "the role does not exist" }] });
  requireOwnRights(ctx, parsePermissions(role.permissions));
  return role.id;
}

/**
 * The first statement of a batch that could remove an admin: it fails the batch unless another active admin exists. Two
 * admins who remove each other at the same time cannot both succeed.
 */
export const requireAnotherAdmin = (ctx: Ctx, agentId: string): D1PreparedStatement =>
  ctx.db.sql(
    `SELECT iif(EXISTS (SELECT 1 FROM agents x JOIN roles xr ON xr.id = x.role_id AND xr.org_id = x.org_id
       WHERE x.org_id = ?1 AND x.id <> ?2 AND x.status = 'active' AND xr.name = 'admin' AND xr.is_system = 1), 1, json('last admin'))`,
    agentId,
  );

/** True for the error of a batch that `requireAnotherAdmin` has failed. */
export function isLastAdminFailure(error: unknown): boolean {
  return error instanceof Error && (error.message.includes("malformed JSON") || isLastAdminFailure(error.cause));
}

/** Revokes all API keys of an agent. A key has its owner's present rights, so another role alone ends none. */
export const revokeKeys = (ctx: Ctx, agentId: string): D1PreparedStatement =>
  ctx.db.sql(
    "UPDATE api_keys SET revoked_at = ?3 WHERE org_id = ?1 AND agent_id = ?2 AND revoked_at IS NULL",
    agentId,
    ctx.now(),
  );

/** The caller, for `status_by`. */
export const actorJson = ({ actor: { kind, id } }: Ctx): string => JSON.stringify({ kind, id } satisfies ActorRef);

/** Ends all sessions of an agent, so that no token from before a change of password, role or status remains valid. */
export const endSessions = (ctx: Ctx, agentId: string): D1PreparedStatement =>
  ctx.db.sql("DELETE FROM sessions WHERE org_id = ?1 AND agent_id = ?2", agentId);
