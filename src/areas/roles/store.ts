import { inboxOf } from "../../objects";
import type { Ctx } from "../../domain/context";
import { forgetCredentials } from "../access/authenticate";
import type { RoleRow } from "./model";
import { roleNotFound } from "./problems";

export async function loadRole(ctx: Ctx, id: string): Promise<RoleRow> {
  const [row] = await ctx.db.query<RoleRow>(
    "SELECT id, name, description, is_system, permissions, created_at, updated_at FROM roles WHERE org_id = ?1 AND id = ?2",
    id,
  );
  if (!row) throw roleNotFound();
  return row;
}

/** Applies a role's changed permissions to its agents: to their next requests and their open sockets. */
export async function rightsChanged(ctx: Ctx, roleId: string): Promise<void> {
  forgetCredentials();
  const agents = await ctx.db.query<{ id: string }>(
    "SELECT id FROM agents WHERE org_id = ?1 AND role_id = ?2 AND status = 'active'",
    roleId,
  );
  if (agents.length > 0) await inboxOf(ctx).revoke({ agentIds: agents.map((agent) => agent.id) });
}
