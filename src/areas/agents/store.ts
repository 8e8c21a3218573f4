import type { Ctx } from "../../kit/context";
import { AGENT_COLUMNS, type AgentRow } from "./model";
import { agentNotFound, roleUnknown } from "./problems";

export async function loadAgent(ctx: Ctx, id: string): Promise<AgentRow> {
  const [row] = await ctx.db.query<AgentRow>(`SELECT ${AGENT_COLUMNS} WHERE a.org_id = ?1 AND a.id = ?2 AND a.status <> 'deleted'`, id);
  if (!row) throw agentNotFound();
  return row;
}

export async function roleIdOf(ctx: Ctx, name: string): Promise<string> {
  const [role] = await ctx.db.query<{ id: string }>("SELECT id FROM roles WHERE org_id = ?1 AND name = ?2", name);
  if (!role) throw roleUnknown(undefined, { errors: [{ field: "role", message: "no such role" }] });
  return role.id;
}

/** A part of a statement's condition: somebody else is an active admin, so this one may go. */
export const ANOTHER_ADMIN = `EXISTS (SELECT 1 FROM agents x JOIN roles xr ON xr.id = x.role_id AND xr.org_id = x.org_id
  WHERE x.org_id = ?1 AND x.id <> ?2 AND x.status = 'active' AND xr.name = 'admin' AND xr.is_system = 1)`;

/** Ends every session of an agent: after a change of password, role or status no token of before is good. */
export const endSessions = (ctx: Ctx, agentId: string): D1PreparedStatement => ctx.db.sql("DELETE FROM sessions WHERE org_id = ?1 AND agent_id = ?2", agentId);
