import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { unauthenticated } from "../../kit/problem";
import { AGENT_COLUMNS, type AgentRow, toAgentPublic } from "../agents/model";
import { Profile } from "./model";

export default operation({
  id: "getProfile",
  summary: "Get current agent profile",
  response: Profile,
  handle: ({ ctx }) => getProfile(ctx),
});

export async function getProfile(ctx: Ctx): Promise<z.infer<typeof Profile>> {
  const [row] = await ctx.db.query<AgentRow & { org_name: string; slug: string; org_status: string }>(
    `SELECT o.name AS org_name, o.slug, o.status AS org_status, ${AGENT_COLUMNS} JOIN orgs o ON o.org_id = a.org_id WHERE a.org_id = ?1 AND a.id = ?2`,
    ctx.actor.id,
  );
  if (!row) throw unauthenticated();
  return {
    ...toAgentPublic(row),
    permissions: [...ctx.actor.permissions],
    division_ids: [...ctx.actor.divisionIds],
    organization: {
      id: ctx.orgId,
      name: row.org_name,
      slug: row.slug,
      status: row.org_status,
      country: ctx.org.country ?? null,
    },
  };
}
