import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { inboxOf } from "../../objects";
import { allGone, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { forgetCredentials } from "../access/authenticate";
import { dropIdentity } from "./address";
import { AgentPath } from "./get";
import { roleBeyondCaller } from "../roles/problems";
import { agentIsCaller, agentLastAdmin, agentNotFound, roleUnknown } from "./problems";
import {
  actorJson,
  endSessions,
  isLastAdminFailure,
  loadAgent,
  requireAnotherAdmin,
  revokeKeys,
  roleIdOf,
} from "./store";

const Removed = z.object({ message: z.string(), agent_id: z.uuid() });

export default operation({
  id: "deleteAgent",
  summary: "Delete an agent",
  description:
    "Ends the agent's sessions and revokes the agent's API keys. The agent's open conversations become unassigned within a minute, each with an entry in the activity log. Messages, notes and figures keep the agent's name; the email address is free again.",
  params: AgentPath,
  response: Removed,
  problems: [agentNotFound, agentIsCaller, agentLastAdmin, roleUnknown, roleBeyondCaller],
  handle: ({ ctx, params }) => removeAgent(ctx, params.id),
});

export async function removeAgent(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const agent = await loadAgent(ctx, id).catch(async (error: unknown) => {
    // A retry completes a deletion that was interrupted between the two databases.
    if (
      (await ctx.db.query("SELECT 1 FROM agents WHERE org_id = ?1 AND id = ?2 AND status = 'deleted'", id)).length > 0
    )
      await endAccess(ctx, id);
    throw error;
  });
  if (id === ctx.actor.id) throw agentIsCaller();
  await roleIdOf(ctx, agent.role);
  await commit(ctx, {
    write: [
      requireAnotherAdmin(ctx, id),
      endSessions(ctx, id),
      ctx.db.sql("DELETE FROM division_agents WHERE org_id = ?1 AND agent_id = ?2", id),
      revokeKeys(ctx, id),
      ctx.db.sql(
        `UPDATE agents SET status = 'deleted', status_by = ?4, email = NULL, is_online_by_hand = 0, is_connected = 0, is_away = 0, updated_at = ?3
         WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'`,
        id,
        ctx.now(),
        actorJson(ctx),
      ),
    ],
    events: [
      happened(
        "agent.deleted",
        id,
        allGone({
          email: agent.email,
          full_name: agent.full_name,
          role: agent.role,
          status: agent.status,
          division_ids: JSON.parse(agent.division_ids),
        }),
      ),
    ],
    mustChange: true,
  }).catch((error: unknown) => {
    throw isLastAdminFailure(error) ? agentLastAdmin() : error;
  });
  await endAccess(ctx, id);
  return { message: "agent deleted", agent_id: id };
}

async function endAccess(ctx: Ctx, id: string): Promise<void> {
  await dropIdentity(ctx, id);
  forgetCredentials();
  await inboxOf(ctx).revoke({ agentIds: [id] });
}
