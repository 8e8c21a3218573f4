import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { inboxOf } from "../../objects";
import { allGone, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { operation } from "../../domain/operation";
import { forgetCredentials } from "../access/authenticate";
import { requireKeyholder } from "./keyholder";
import { apiKeyNotFound } from "./problems";

const Revoked = z.object({ message: z.string(), key_id: z.uuid() });

export default operation({
  id: "revokeApiKey",
  summary: "Revoke an API key",
  description:
    "The key is refused everywhere within 5 seconds, and its live sockets close. Another agent's key does not exist for a caller without `agents.manage` (404).",
  alsoNeeds: { "developer.access": "with an API key", "agents.manage": "for another agent's keys" },
  params: idPath("API key"),
  response: Revoked,
  problems: [apiKeyNotFound],
  handle: ({ ctx, params }) => revokeApiKey(ctx, params.id),
});

export async function revokeApiKey(ctx: Ctx, id: string): Promise<z.infer<typeof Revoked>> {
  requireKeyholder(ctx);
  const [key] = await ctx.db.query<{ key_hash: string; key_prefix: string; name: string; agent_id: string }>(
    "SELECT key_hash, key_prefix, name, agent_id FROM api_keys WHERE org_id = ?1 AND id = ?2 AND (agent_id = ?3 OR ?4) AND revoked_at IS NULL",
    id,
    ctx.actor.id,
    Number(ctx.actor.permissions.has("agents.manage")),
  );
  if (!key) throw apiKeyNotFound();
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "UPDATE api_keys SET revoked_at = ?3 WHERE org_id = ?1 AND id = ?2 AND revoked_at IS NULL",
        id,
        ctx.now(),
      ),
    ],
    events: [
      happened("api_key.revoked", id, allGone({ name: key.name, key_prefix: key.key_prefix, agent_id: key.agent_id })),
    ],
    mustChange: true,
  });
  await ctx.control
    .prepare("DELETE FROM api_key_routes WHERE key_hash = ? AND org_id = ?")
    .bind(key.key_hash, ctx.orgId)
    .run();
  forgetCredentials();
  await inboxOf(ctx).revoke({ credentialIds: [id] });
  return { message: "API key revoked", key_id: id };
}
