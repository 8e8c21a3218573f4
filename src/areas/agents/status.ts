import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { wakeRouting } from "../../objects";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation, requireRight } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { AgentPath } from "./get";
import { AgentPublic, toAgentPublic } from "./model";
import { agentNotFound } from "./problems";
import { loadAgent } from "./store";

const SetOnline = z
  .strictObject({ is_online: z.boolean().openapi({ description: "Whether the agent is available for allocation" }) })
  .openapi("SetAgentOnline");

export default operation({
  id: "setAgentOnline",
  summary: "Toggle agent online/offline status",
  description:
    "An agent set offline is allocated nothing, even with an open live socket, until set online again, or until the agent opens a live socket after all were closed for a minute. An agent set online needs no live socket. Online agents may be allocated conversations from their divisions' queues.",
  alsoNeeds: { "agents.manage": "for another agent, and with an API key" },
  params: AgentPath,
  body: SetOnline,
  response: AgentPublic,
  problems: [changedMeanwhile, agentNotFound],
  handle: ({ ctx, params, body }) => setAgentOnline(ctx, params.id, body.is_online),
});

export async function setAgentOnline(ctx: Ctx, id: string, isOnline: boolean): Promise<AgentPublic> {
  // An API key needs the permission even for its own agent, because its type and scopes limit it.
  const isSelf = id === ctx.actor.id && ctx.actor.kind === "agent";
  if (!isSelf) requireRight(ctx, "agents.manage");
  const agent = await loadAgent(ctx, id);
  if (agent.is_online_by_hand === Number(isOnline) && agent.is_away === Number(!isOnline)) return toAgentPublic(agent);
  const byHand = agent.is_away === 1 ? false : agent.is_online_by_hand === 1 ? true : null;
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "UPDATE agents SET is_online_by_hand = ?3, is_away = 1 - ?3, updated_at = ?4 WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'",
        id,
        isOnline ? 1 : 0,
        ctx.now(),
      ),
    ],
    events: [happened("agent.presence_changed", id, { is_online_by_hand: [byHand, isOnline] })],
    mustChange: true,
  });
  if (isOnline) ctx.background(wakeRouting(ctx));
  return toAgentPublic({ ...agent, is_present: Number(isOnline), updated_at: ctx.now() });
}
