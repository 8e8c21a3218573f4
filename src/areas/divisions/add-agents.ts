import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { AgentPublic } from "../agents/model";
import { DivisionAgents, DivisionPath } from "./model";
import { divisionAgentUnknown, divisionNotFound } from "./problems";
import { applyMembershipChange, loadDivision, memberIdsOf, membersOf } from "./store";

export default operation({
  id: "addDivisionAgents",
  summary: "Assign agents to a division",
  description:
    "Adds all of the agents or none; agents who are members already are kept. Returns the division's agents.",
  params: DivisionPath,
  body: DivisionAgents,
  response: z.array(AgentPublic),
  problems: [divisionNotFound, divisionAgentUnknown],
  handle: ({ ctx, params, body }) => addDivisionAgents(ctx, params.id, body),
});

export async function addDivisionAgents(
  ctx: Ctx,
  id: string,
  { agent_ids: agentIds }: DivisionAgents,
): Promise<AgentPublic[]> {
  const [, members, existing] = await Promise.all([
    loadDivision(ctx, id),
    memberIdsOf(ctx, id),
    ctx.db.query<{ id: string }>(
      "SELECT id FROM agents WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND status <> 'deleted'",
      JSON.stringify(agentIds),
    ),
  ]);
  const existingIds = new Set(existing.map((agent) => agent.id));
  const errors = agentIds.flatMap((agentId, i) =>
    existingIds.has(agentId) ? [] : [{ field: `agent_ids.${i}`, message: "the agent does not exist" }],
  );
  if (errors.length > 0) throw divisionAgentUnknown(undefined, { errors });
  const added = agentIds.filter((agentId) => !members.includes(agentId));
  if (added.length > 0) {
    await commit(ctx, {
      // The write repeats the conditions, since the division or an agent may be deleted concurrently.
      write: [
        ctx.db.sql(
          `INSERT OR IGNORE INTO division_agents (org_id, division_id, agent_id)
           SELECT ?1, d.id, a.id FROM divisions d JOIN agents a ON a.org_id = d.org_id AND a.id IN (SELECT value FROM json_each(?3)) AND a.status <> 'deleted'
           WHERE d.org_id = ?1 AND d.id = ?2`,
          id,
          JSON.stringify(added),
        ),
      ],
      events: [happened("division.agents_added", id, { agent_ids: [members, [...members, ...added]] })],
    });
    await applyMembershipChange(ctx, added);
  }
  return membersOf(ctx, id);
}
