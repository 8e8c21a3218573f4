import { MINUTE } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { agentEmailTaken } from "./problems";

/** Runs the statement that takes an address for an agent: before the tenant's row, since an address belongs to one agent over all tenants. */
export async function takeAddress(ctx: Ctx, email: string, taking: D1PreparedStatement): Promise<void> {
  try {
    await taking.run();
  } catch (error) {
    if (!isUniqueViolation(error, "identities.email")) throw error;
    if (!(await releaseAddress(ctx, email))) throw agentEmailTaken();
    await takeAddress(ctx, email, taking);
  }
}

/**
 * Gives an address free that a call of the same tenant left behind when it was cut off between the two databases: of an agent who is
 * deleted, or was never made; the latter not while that call may still run. False: somebody has it.
 */
async function releaseAddress(ctx: Ctx, email: string): Promise<boolean> {
  const holder = await ctx.control
    .prepare("SELECT agent_id, created_at FROM identities WHERE email = ? AND org_id = ?")
    .bind(email, ctx.orgId)
    .first<{ agent_id: string; created_at: number }>();
  if (!holder) return false;
  const [agent] = await ctx.db.query<{ status: string }>(
    "SELECT status FROM agents WHERE org_id = ?1 AND id = ?2",
    holder.agent_id,
  );
  const isLeftBehind = agent ? agent.status === "deleted" : holder.created_at < ctx.now() - MINUTE;
  if (isLeftBehind) await dropIdentity(ctx, holder.agent_id);
  return isLeftBehind;
}

export async function dropIdentity(ctx: Ctx, agentId: string): Promise<void> {
  await ctx.control.prepare("DELETE FROM identities WHERE agent_id = ? AND org_id = ?").bind(agentId, ctx.orgId).run();
}
