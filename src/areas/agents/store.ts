import type { Ctx } from "../../domain/context";
import { requireOwnRights } from "../roles/own-rights";
import { AGENT_COLUMNS, type AgentRow } from "./model";
import { parsePermissions } from "../../domain/permissions";
import { agentNotFound, roleUnknown } from "./problems";

export async function loadAgent(ctx: Ctx, id: string): Promise<AgentRow> {
  const [row] = await ctx.db.query<AgentRow>(
    `SELECT ${AGENT_COLUMNS} WHERE a.org_id = ?1 AND a.id = ?2 AND a.status <> 'deleted'`,
    id,
  );
  if (!row) throw agentNotFound();
  return row;
}

/** The role to give an agent. Throws unless it exists and has no right that the caller lacks. */
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
 * First in a batch that takes an agent's role or status away: it fails, and the batch with it, when nobody else is an active admin.
 * So two admins who remove each other at the same time do not both succeed.
 */
export const requireAnotherAdmin = (ctx: Ctx, agentId: string): D1PreparedStatement =>
  ctx.db.sql(
    `SELECT iif(EXISTS (SELECT 1 FROM agents x JOIN roles xr ON xr.id = x.role_id AND xr.org_id = x.org_id
       WHERE x.org_id = ?1 AND x.id <> ?2 AND x.status = 'active' AND xr.name = 'admin' AND xr.is_system = 1), 1, json('last admin'))`,
    agentId,
  );

export function isLastAdminFailure(error: unknown): boolean {
  return error instanceof Error && (error.message.includes("malformed JSON") || isLastAdminFailure(error.cause));
}

/** Ends every session of an agent: after a change of password, role or status no token of before is good. */
export const endSessions = (ctx: Ctx, agentId: string): D1PreparedStatement =>
  ctx.db.sql("DELETE FROM sessions WHERE org_id = ?1 AND agent_id = ?2", agentId);
