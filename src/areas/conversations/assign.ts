import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { changeConversation } from "./command";
import { ConversationPath, ConversationWithContact } from "./model";
import { assigneeNotFound, conversationNotFound } from "./problems";

const Assign = z
  .strictObject({ agent_id: z.uuid().nullable().openapi({ description: "The agent to assign; null to unassign" }) })
  .openapi("AssignConversation");

export default operation({
  id: "assignConversation",
  summary: "Assign or unassign an agent",
  description:
    "A conversation unassigned in a division becomes `pending` and waits in the division's queue until it is allocated to another agent, or somebody takes it over or answers it.",
  params: ConversationPath,
  body: Assign,
  response: ConversationWithContact,
  problems: [conversationNotFound, assigneeNotFound],
  handle: ({ ctx, params, body }) => assignConversation(ctx, params.id, body.agent_id),
});

export async function assignConversation(ctx: Ctx, id: string, agentId: string | null): Promise<Reply> {
  await requireAssignee(ctx, agentId);
  return changeConversation(ctx, id, { kind: "assign", agentId });
}

/**
 * Throws `assignee_not_found` unless the agent is active and in this organization. Null and the caller are accepted.
 */
export async function requireAssignee(ctx: Ctx, agentId: string | null): Promise<void> {
  if (agentId === null || agentId === ctx.actor.id) return;
  const [agent] = await ctx.db.query(
    "SELECT 1 FROM agents WHERE org_id = ?1 AND id = ?2 AND status = 'active'",
    agentId,
  );
  if (!agent)
    throw assigneeNotFound(undefined, {
      errors: [{ field: "agent_id", message: "the agent does not exist or is not active" }],
    });
}
