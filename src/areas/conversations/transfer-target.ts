import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../kit/context";
import { assigneeNotFound, divisionUnknown } from "./problems";

export const TransferTarget = z
  .strictObject({ to_agent_id: z.uuid().optional(), to_division_id: z.uuid().optional(), note: z.string().trim().max(2000).optional() })
  .refine((target) => target.to_agent_id !== undefined || target.to_division_id !== undefined, "to_agent_id or to_division_id is needed")
  .openapi("TransferTarget");

/** Throws unless the division is there and the agent is active, and in the division where both are given. */
export async function requireTransferTarget(ctx: Ctx, { to_agent_id: agentId, to_division_id: divisionId }: z.infer<typeof TransferTarget>): Promise<void> {
  const [row] = await ctx.db.query<{ division: number; agent: number; member: number }>(
    `SELECT EXISTS (SELECT 1 FROM divisions WHERE org_id = ?1 AND id = ?2 AND is_active = 1) AS division,
       EXISTS (SELECT 1 FROM agents WHERE org_id = ?1 AND id = ?3 AND status = 'active') AS agent,
       EXISTS (SELECT 1 FROM division_agents WHERE org_id = ?1 AND division_id = ?2 AND agent_id = ?3) AS member`,
    divisionId ?? "",
    agentId ?? "",
  );
  if (divisionId !== undefined && !row!.division) throw divisionUnknown();
  if (agentId !== undefined && (!row!.agent || (divisionId !== undefined && !row!.member))) throw assigneeNotFound();
}
