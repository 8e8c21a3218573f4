import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { forbidden } from "../../kit/problem";
import { ApiKey, type ApiKeyRow, toApiKey } from "./model";
import { requireKeyholder } from "./keyholder";

const keyQuery = z.object({
  agent_id: z.uuid().optional().openapi({
    description: "The owner of the keys; defaults to the caller. Another agent's keys need `agents.manage`",
  }),
});

export default operation({
  id: "listApiKeys",
  summary: "List caller's API keys",
  description:
    "A session can list the caller's own keys even without `developer.access`, so that a key can be revoked after that permission is gone; an API key needs it. Another agent's keys need `agents.manage`. Returns the newest 500.",
  query: keyQuery,
  response: z.array(ApiKey),
  handle: ({ ctx, query }) => listApiKeys(ctx, query.agent_id),
});

export async function listApiKeys(ctx: Ctx, agentId = ctx.actor.id): Promise<ApiKey[]> {
  requireKeyholder(ctx);
  if (agentId !== ctx.actor.id && !ctx.actor.permissions.has("agents.manage")) throw forbidden("needs agents.manage");
  const rows = await ctx.db.query<ApiKeyRow>(
    `SELECT id, agent_id, name, key_type, key_prefix, scopes, created_at, last_used_at, expires_at, revoked_at FROM api_keys
     WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at DESC, id DESC LIMIT 500`,
    agentId,
  );
  return rows.map((row) => toApiKey(row, ctx.now()));
}
