import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation, requireRight } from "../../domain/operation";
import { ApiKey, type ApiKeyRow, toApiKey } from "./model";
import { requireKeyholder } from "./keyholder";

const keyQuery = z.object({
  agent_id: z.uuid().optional().openapi({
    description: "The owner of the keys; defaults to the caller",
  }),
});

export default operation({
  id: "listApiKeys",
  summary: "List caller's API keys",
  description:
    "Returns the newest 500. A session needs no right for the caller's own keys, so that a key can be revoked after `developer.access` is gone.",
  alsoNeeds: { "developer.access": "with an API key", "agents.manage": "for another agent's keys" },
  query: keyQuery,
  response: z.array(ApiKey),
  handle: ({ ctx, query }) => listApiKeys(ctx, query.agent_id),
});

export async function listApiKeys(ctx: Ctx, agentId = ctx.actor.id): Promise<ApiKey[]> {
  requireKeyholder(ctx);
  if (agentId !== ctx.actor.id) requireRight(ctx, "agents.manage");
  const rows = await ctx.db.query<ApiKeyRow>(
    `SELECT id, agent_id, name, key_type, key_prefix, scopes, created_at, last_used_at, expires_at, revoked_at FROM api_keys
     WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at DESC, id DESC LIMIT 500`,
    agentId,
  );
  return rows.map((row) => toApiKey(row, ctx.now()));
}
