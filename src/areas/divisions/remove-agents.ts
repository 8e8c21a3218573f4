import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { AgentPublic } from "../agents/model";
import { DivisionAgents, DivisionPath } from "./model";
import { divisionNotFound } from "./problems";
import { applyMembershipChange, loadDivision, memberIdsOf, membersOf } from "./store";

export default operation({
  id: "removeDivisionAgents",
  summary: "Remove agents from a division",
  description:
    "Agents who are not members are ignored. Removed agents keep the conversations assigned to them. Returns the division's agents.",
  params: DivisionPath,
  body: DivisionAgents,
  response: z.array(AgentPublic),
  problems: [divisionNotFound],
  handle: ({ ctx, params, body }) => removeDivisionAgents(ctx, params.id, body),
});

export async function removeDivisionAgents(
  ctx: Ctx,
  id: string,
  { agent_ids: agentIds }: DivisionAgents,
): Promise<AgentPublic[]> {
  const [, members] = await Promise.all([loadDivision(ctx, id), memberIdsOf(ctx, id)]);
  const removed = agentIds.filter((agentId) => members.includes(agentId));
  if (removed.length > 0) {
    await commit(ctx, {
      write: [
        ctx.db.sql(
          "DELETE FROM division_agents WHERE org_id = ?1 AND division_id = ?2 AND agent_id IN (SELECT value FROM json_each(?3))",
          id,
          JSON.stringify(removed),
        ),
      ],
      events: [
        happened("division.agents_removed", id, {
          agent_ids: [members, members.filter((agentId) => !removed.includes(agentId))],
        }),
      ],
    });
    await applyMembershipChange(ctx, removed);
  }
  return membersOf(ctx, id);
}
