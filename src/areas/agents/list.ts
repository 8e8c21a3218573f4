import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { AGENT_COLUMNS, AgentPublic, type AgentRow, toAgentPublic } from "./model";

export default operation({
  id: "listAgents",
  summary: "List all agents",
  response: z.array(AgentPublic),
  handle: ({ ctx }) => listAgents(ctx),
});

export async function listAgents(ctx: Ctx): Promise<AgentPublic[]> {
  const rows = await ctx.db.query<AgentRow>(
    `SELECT ${AGENT_COLUMNS} WHERE a.org_id = ?1 AND a.status <> 'deleted' ORDER BY a.full_name, a.id`,
  );
  return rows.map(toAgentPublic);
}
