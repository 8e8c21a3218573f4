import { z } from "@hono/zod-openapi";

const KEY_TYPES = ["read", "messaging", "full"] as const;

export const KeyType = z.enum(KEY_TYPES).openapi({
  description:
    "`read` only reads, `messaging` also has the permissions for messages, media, conversations and contacts, `full` has all of the owner's permissions",
});

export const ApiKey = z
  .object({
    id: z.uuid(),
    agent_id: z.uuid().openapi({ description: "The owner" }),
    name: z.string(),
    key_type: KeyType,
    key_prefix: z.string().openapi({ description: "The first 12 characters; not a secret" }),
    scopes: z.array(z.string()).openapi({
      description:
        "Permission codes the key is limited to; empty for everything that its type and the owner's role allow",
    }),
    is_active: z.boolean().openapi({ description: "False if revoked or expired" }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "Time of the last use, accurate to the minute; null if never used" }),
    expires_at: z.iso.datetime().nullable().openapi({ description: "Time at which the key expires; null for never" }),
    revoked_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "Time at which the key was revoked; null if it was not" }),
  })
  .openapi("ApiKey");
export type ApiKey = z.infer<typeof ApiKey>;

export interface ApiKeyRow {
  id: string;
  agent_id: string;
  name: string;
  key_type: (typeof KEY_TYPES)[number];
  key_prefix: string;
  scopes: string;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
  revoked_at: number | null;
}

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function toApiKey(row: ApiKeyRow, now: number): ApiKey {
  return {
    id: row.id,
    agent_id: row.agent_id,
    name: row.name,
    key_type: row.key_type,
    key_prefix: row.key_prefix,
    scopes: JSON.parse(row.scopes) as string[],
    is_active: row.revoked_at === null && (row.expires_at === null || row.expires_at > now),
    created_at: time(row.created_at)!,
    last_used_at: time(row.last_used_at),
    expires_at: time(row.expires_at),
    revoked_at: time(row.revoked_at),
  };
}
