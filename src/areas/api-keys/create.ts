import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { randomToken, sha256Hex } from "../../kit/id";
import { operation } from "../../domain/operation";
import { isPermission } from "../../domain/permissions";
import { forbidden, unauthenticated } from "../../kit/problem";
import { ApiKey, type ApiKeyRow, KeyType, toApiKey } from "./model";
import { apiKeyExpiryPast, apiKeyScopeBeyondOwner } from "./problems";

const CreateApiKeyRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    key_type: KeyType,
    expires_at: z.iso
      .datetime()
      .nullable()
      .optional()
      .openapi({ description: "Time at which the key expires, in UTC and in the future; null or omitted for never" }),
    scopes: z.array(z.string().refine(isPermission, "the permission does not exist")).max(100).default([]).openapi({
      description:
        "Permission codes to limit the key to; empty for everything that its type and the owner's role allow",
    }),
  })
  .openapi("CreateApiKeyRequest");

const ApiKeyCreateResponse = ApiKey.extend({
  plaintext_key: z.string().openapi({ description: "The key itself. It is returned only once; store it safely." }),
}).openapi("ApiKeyCreateResponse");

export default operation({
  id: "createApiKey",
  summary: "Create a new API key",
  description:
    "Needs a session; an API key cannot create keys. A key has the permissions that its type and scopes allow and that its owner has at the time of each call; it is refused while its owner lacks `developer.access`.",
  body: CreateApiKeyRequest,
  response: ApiKeyCreateResponse,
  status: 201,
  idempotent: "stored",
  problems: [apiKeyScopeBeyondOwner, apiKeyExpiryPast],
  handle: ({ ctx, body }) => createApiKey(ctx, body),
});

export async function createApiKey(
  ctx: Ctx,
  input: z.output<typeof CreateApiKeyRequest>,
): Promise<z.infer<typeof ApiKeyCreateResponse>> {
  // Otherwise a limited key could create one without its limits.
  if (ctx.actor.kind !== "agent") throw forbidden("API keys can only be created with a session");
  const missing = input.scopes.filter((code) => isPermission(code) && !ctx.actor.permissions.has(code));
  if (missing.length > 0) throw apiKeyScopeBeyondOwner(`the owner lacks ${missing.join(", ")}`);
  const expiresAt = input.expires_at ? Date.parse(input.expires_at) : null;
  if (expiresAt !== null && expiresAt <= ctx.now()) throw apiKeyExpiryPast();
  const key = `omk_${randomToken(32)}`;
  const hash = sha256Hex(key);
  const row: ApiKeyRow = {
    id: ctx.newId(),
    agent_id: ctx.actor.id!,
    name: input.name,
    key_type: input.key_type,
    key_prefix: key.slice(0, 12),
    scopes: JSON.stringify([...new Set(input.scopes)]),
    created_at: ctx.now(),
    last_used_at: null,
    expires_at: expiresAt,
    revoked_at: null,
  };
  const answer = { ...toApiKey(row, ctx.now()), plaintext_key: key };
  // Written first: without its row in the tenant's database, a route admits nobody.
  await ctx.control
    .prepare("INSERT INTO api_key_routes (key_hash, org_id, tenant_db) VALUES (?, ?, ?)")
    .bind(hash, ctx.orgId, ctx.org.tenantDb)
    .run();
  // Guarded by the session's row: a session that has just ended elsewhere may still be cached here.
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO api_keys (id, org_id, agent_id, name, key_type, key_prefix, key_hash, scopes, created_at, expires_at)
         SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM sessions WHERE org_id = ?1 AND id = ?11`,
        row.id,
        row.agent_id,
        row.name,
        row.key_type,
        row.key_prefix,
        hash,
        row.scopes,
        row.created_at,
        row.expires_at,
        ctx.actor.credentialId,
      ),
    ],
    mustChange: unauthenticated,
    events: [
      happened("api_key.created", row.id, {
        name: [null, answer.name],
        key_type: [null, answer.key_type],
        key_prefix: [null, answer.key_prefix],
        scopes: [null, answer.scopes],
        expires_at: [null, answer.expires_at],
      }),
    ],
    answer,
    status: 201,
  });
  return answer;
}
