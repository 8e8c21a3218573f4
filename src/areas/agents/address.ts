import { MINUTE } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { agentEmailTaken } from "./problems";

/**
 * Runs a statement that assigns an email address to an identity in the control database, where addresses are unique
 * across all tenants. Run it before writing the tenant's row. Throws `agent_email_taken`.
 */
export async function claimEmail(ctx: Ctx, email: string, statement: D1PreparedStatement): Promise<void> {
  try {
    await statement.run();
  } catch (error) {
    if (!isUniqueViolation(error, "identities.email")) throw error;
    if (!(await releaseEmail(ctx, email))) throw agentEmailTaken();
    await claimEmail(ctx, email, statement);
  }
}

/**
 * Releases an address that an interrupted call of this tenant left in the control database: its agent was deleted, or
 * never created. Waits a minute in the latter case, since that call may still be running. False if the address is in
 * use.
 */
async function releaseEmail(ctx: Ctx, email: string): Promise<boolean> {
  const holder = await ctx.control
    .prepare("SELECT agent_id, created_at FROM identities WHERE email = ? AND org_id = ?")
    .bind(email, ctx.orgId)
    .first<{ agent_id: string; created_at: number }>();
  if (!holder) return false;
  const [agent] = await ctx.db.query<{ status: string }>(
    "SELECT status FROM agents WHERE org_id = ?1 AND id = ?2",
    holder.agent_id,
  );
  const isOrphaned = agent ? agent.status === "deleted" : holder.created_at < ctx.now() - MINUTE;
  if (isOrphaned) await dropIdentity(ctx, holder.agent_id);
  return isOrphaned;
}

export async function dropIdentity(ctx: Ctx, agentId: string): Promise<void> {
  await ctx.control.prepare("DELETE FROM identities WHERE agent_id = ? AND org_id = ?").bind(agentId, ctx.orgId).run();
}
