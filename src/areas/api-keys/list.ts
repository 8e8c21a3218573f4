import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { ApiKey, type ApiKeyRow, toApiKey } from "./model";

export const list = operation({
  id: "listApiKeys",
  tag: "API Keys",
  summary: "List caller's API keys",
  method: "get",
  path: "/api/api-keys",
  permission: "developer.access",
  response: z.array(ApiKey),
  handle: async ({ ctx }) => {
    const rows = await ctx.db.query<ApiKeyRow>(
      `SELECT id, agent_id, name, key_type, key_prefix, scopes, created_at, last_used_at, expires_at, revoked_at FROM api_keys
       WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at DESC, id DESC LIMIT 500`,
      ctx.actor.agentId,
    );
    return rows.map((row) => toApiKey(row, ctx.now()));
  },
});
