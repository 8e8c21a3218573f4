import { z } from "@hono/zod-openapi";
import { wakeRouting } from "../../../durable-objects/stubs";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { forbidden } from "../../kit/problem";
import { AgentPath } from "./get";
import { AgentPublic, toAgentPublic } from "./model";
import { agentNotFound } from "./problems";
import { loadAgent } from "./store";

const SetOnline = z.strictObject({ is_online: z.boolean() }).openapi("SetAgentOnline");

export const status = operation({
  id: "setAgentOnline",
  tag: "Agents",
  summary: "Toggle agent online/offline status",
  description:
    "One's own, or with `agents.manage` another's. An agent with an open live socket stays online whatever is set here. Who is online may be given what waits in their divisions' queues.",
  method: "patch",
  path: "/api/agents/{id}/status",
  permission: "signed_in",
  params: AgentPath,
  body: SetOnline,
  response: AgentPublic,
  problems: [agentNotFound],
  handle: ({ ctx, params, body }) => setAgentOnline(ctx, params.id, body.is_online),
});

export async function setAgentOnline(ctx: Ctx, id: string, isOnline: boolean): Promise<AgentPublic> {
  // A key does what its type and scopes say, also to its own agent.
  const himself = id === ctx.actor.agentId && ctx.actor.kind === "agent";
  if (!himself && !ctx.actor.permissions.has("agents.manage")) throw forbidden("needs agents.manage");
  const agent = await loadAgent(ctx, id);
  if ((agent.is_online_by_hand === 1) === isOnline) return toAgentPublic(agent);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "UPDATE agents SET is_online_by_hand = ?3, updated_at = ?4 WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'",
        id,
        isOnline ? 1 : 0,
        ctx.now(),
      ),
    ],
    activity: { action: "agent.set_online", entityType: "agent", entityId: id, changes: { is_online_by_hand: [!isOnline, isOnline] } },
  });
  if (isOnline) ctx.background(wakeRouting(ctx));
  return toAgentPublic({ ...agent, is_online_by_hand: isOnline ? 1 : 0, updated_at: ctx.now() });
}
