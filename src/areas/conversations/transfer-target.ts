import { z } from "@hono/zod-openapi";
import type { Command } from "../../domain/conversation/commands";
import type { Ctx } from "../../domain/context";
import { divisionUnknown } from "../divisions/problems";
import { assigneeNotFound } from "./problems";

export const TransferTarget = z
  .strictObject({
    to_agent_id: z
      .uuid()
      .nullable()
      .optional()
      .openapi({ description: "Target agent; with `to_division_id`, must be a member of that division" }),
    to_division_id: z
      .uuid()
      .nullable()
      .optional()
      .openapi({ description: "Target division; without `to_agent_id` the conversation goes into its queue" }),
    note: z
      .string()
      .trim()
      .max(2000)
      .nullable()
      .optional()
      .openapi({ description: "Reason for the transfer, for colleagues" }),
  })
  .refine((target) => target.to_agent_id != null || target.to_division_id != null, {
    path: ["to_agent_id"],
    message: "to_agent_id or to_division_id is required",
  })
  .openapi("TransferConversationRequest");

/**
 * Throws `division_unknown` unless the division exists and is active, and `assignee_not_found` unless the agent is
 * active and, if both are given, a member of the division.
 */
export async function requireTransferTarget(
  ctx: Ctx,
  { to_agent_id: agentId, to_division_id: divisionId }: z.infer<typeof TransferTarget>,
): Promise<void> {
  const [row] = await ctx.db.query<{ division: number; agent: number; member: number }>(
    `SELECT EXISTS (SELECT 1 FROM divisions WHERE org_id = ?1 AND id = ?2 AND is_active = 1) AS division,
       EXISTS (SELECT 1 FROM agents WHERE org_id = ?1 AND id = ?3 AND status = 'active') AS agent,
       EXISTS (SELECT 1 FROM division_agents WHERE org_id = ?1 AND division_id = ?2 AND agent_id = ?3) AS member`,
    divisionId ?? "",
    agentId ?? "",
  );
  if (divisionId != null && !row!.division)
    throw divisionUnknown(undefined, {
      errors: [{ field: "to_division_id", message: "the division does not exist or is not active" }],
    });
  if (agentId == null) return;
  if (!row!.agent)
    throw assigneeNotFound(undefined, {
      errors: [{ field: "to_agent_id", message: "the agent does not exist or is not active" }],
    });
  if (divisionId != null && !row!.member)
    throw assigneeNotFound(undefined, {
      errors: [{ field: "to_agent_id", message: "the agent is not a member of the division" }],
    });
}

export const transferTo = (target: z.infer<typeof TransferTarget>): Extract<Command, { kind: "transfer" }> => ({
  kind: "transfer",
  toAgentId: target.to_agent_id ?? null,
  toDivisionId: target.to_division_id ?? null,
  note: target.note ?? null,
});
