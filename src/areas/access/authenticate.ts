import { tenantD1 } from "../../config";
import { MINUTE, SECOND } from "../../kit/clock";
import type { OrgRef, PublicCtx } from "../../kit/context";
import type { Actor, AgentRights, ConversationSort, Ctx } from "../../domain/context";
import { type Freshness, TenantDatabase } from "../../kit/database";
import { sha256Hex } from "../../kit/id";
import { RecentCache } from "../../kit/recent-cache";
import { type Permission, PERMISSIONS } from "../../domain/permissions";
import { badOrigin, forbidden, unauthenticated } from "../../kit/problem";
import { parsePermissions } from "../../domain/permissions";
import { SETTINGS, type SettingsRow, startReadingSettings } from "./settings-of";
import { readSession } from "./tokens";

export const SESSION_COOKIE = "omnistream_session";
/** The maximum age bounds how long another isolate still accepts a credential after it was revoked. */
const cache = new RecentCache<Credential>({ maxAgeMs: 4 * SECOND, maxEntries: 10_000 });

/**
 * Clears this isolate's cache of credentials. Call it after every change of rights. Other isolates follow within the
 * cache's maximum age, 4 seconds.
 */
export const forgetCredentials = (): void => cache.forget();

interface Credential {
  actor: Actor;
  org: OrgRef;
}

interface CredentialRow extends SettingsRow {
  agent_id: string;
  full_name: string;
  credential_id: string;
  expires_at: number | null;
  key_type: "read" | "messaging" | "full" | null;
  scopes: string | null;
  last_used_at?: number | null;
  permissions: string;
  divisions: string;
  country: string | null;
  conversation_sort: ConversationSort;
}

/** The format of D1's bookmarks. Other values are ignored, since D1 would fail on them. */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/**
 * Authenticates a request by API key, bearer token or session cookie. Throws `unauthenticated`; `origin_mismatch` if a
 * cookie comes from another origin; `forbidden` for a key whose owner lacks `developer.access`.
 */
export async function authenticate(publicCtx: PublicCtx, request: Request, freshness: Freshness): Promise<Ctx> {
  const credential = await credentialOf(publicCtx, request);
  const bookmark = request.headers.get("x-d1-bookmark");
  const constraint =
    bookmark && BOOKMARK.test(bookmark) ? bookmark : freshness === "replica" ? "first-unconstrained" : "first-primary";
  return contextFor(publicCtx, credential, constraint);
}

/** The same without the cache, for callers that outlive the call, such as sockets. */
export async function authenticateUncached(publicCtx: PublicCtx, request: Request): Promise<Ctx> {
  const readAt = publicCtx.now();
  const { actor, org } = await credentialOf(publicCtx, request, true);
  return contextFor(publicCtx, { actor: { ...actor, readAt }, org });
}

export function contextFor(publicCtx: PublicCtx, { actor, org }: Credential, constraint = "first-primary"): Ctx {
  const db = new TenantDatabase(tenantD1(publicCtx.env, org.tenantDb), org.id, publicCtx.cost, constraint);
  return Object.assign(Object.create(null) as object, publicCtx, { orgId: org.id, org, actor, db }) as Ctx;
}

/** A context with all permissions, for work without a caller: consumers and the cron. */
export function systemContext(publicCtx: PublicCtx, org: OrgRef): Ctx {
  const actor: Actor = {
    kind: "system",
    id: null,
    credentialId: "system",
    permissions: new Set(PERMISSIONS),
    divisionIds: [],
  };
  return contextFor(publicCtx, { actor, org });
}

async function credentialOf(ctx: PublicCtx, request: Request, skipCache = false): Promise<Credential> {
  const apiKey = request.headers.get("x-api-key");
  if (apiKey !== null) return cached(ctx, `key:${sha256Hex(apiKey)}`, () => loadKey(ctx, apiKey), skipCache);
  const authorization = request.headers.get("authorization");
  const token = authorization ? /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1] : cookieToken(ctx, request);
  if (!token) throw unauthenticated();
  // Keyed by the whole token, so that a cached session's signature is not verified again.
  return cached(ctx, `session:${token}`, () => loadSession(ctx, token), skipCache);
}

function cookieToken(ctx: PublicCtx, request: Request): string | undefined {
  const token = new RegExp(`(?:^|; ?)${SESSION_COOKIE}=([\\w.-]+)`).exec(request.headers.get("cookie") ?? "")?.[1];
  if (!token) return undefined;
  // A browser attaches the cookie even to requests that another site triggers, so changes must come from our own
  // origin. So must sockets, which open with a GET.
  if ((request.method !== "GET" && request.method !== "HEAD") || request.headers.has("upgrade")) {
    const ownOrigin = ctx.config.PUBLIC_URL ? new URL(ctx.config.PUBLIC_URL).origin : new URL(request.url).origin;
    const origin = request.headers.get("origin");
    if (origin !== ownOrigin && !ctx.config.CORS_ORIGINS.origins.includes(origin ?? "")) throw badOrigin();
  }
  return token;
}

async function cached(
  ctx: PublicCtx,
  key: string,
  load: () => Promise<Credential>,
  skipCache: boolean,
): Promise<Credential> {
  const cachedCredential = skipCache ? undefined : cache.get(key);
  if (cachedCredential && (cachedCredential.actor.expiresAt ?? Infinity) > ctx.now()) return cachedCredential;
  const store = cache.reading();
  // Refusals are not cached: a new credential must work at once.
  return store(key, await load());
}

const ACTOR_SQL = `a.full_name, r.permissions, o.country, a.conversation_sort, ${SETTINGS},
  (SELECT json_group_array(division_id) FROM division_agents d WHERE d.org_id = ?1 AND d.agent_id = a.id) AS divisions
  FROM agents a JOIN roles r ON r.id = a.role_id AND r.org_id = a.org_id JOIN orgs o ON o.org_id = a.org_id`;

async function loadSession(ctx: PublicCtx, token: string): Promise<Credential> {
  const claims = await readSession(ctx.config, token, ctx.now());
  if (!claims) throw unauthenticated("the token is not valid");
  const org = { id: claims.orgId, tenantDb: claims.tenantDb };
  const cacheSettings = startReadingSettings();
  const db = new TenantDatabase(tenantD1(ctx.env, org.tenantDb), org.id, ctx.cost, "first-primary");
  const [row] = await db.query<CredentialRow>(
    `SELECT a.id AS agent_id, s.id AS credential_id, s.expires_at, NULL AS key_type, NULL AS scopes, ${ACTOR_SQL}
     JOIN sessions s ON s.agent_id = a.id AND s.org_id = a.org_id
     WHERE a.org_id = ?1 AND s.id = ?2 AND a.id = ?3 AND s.expires_at > ?4 AND a.status = 'active' AND o.status = 'active'`,
    claims.sessionId,
    claims.agentId,
    ctx.now(),
  );
  if (!row) throw unauthenticated("the session has ended");
  cacheSettings(org.id, row);
  // A socket ends with the token that opened it: a short one must not lead to a socket as long as the session.
  const expiresAt = Math.min(row.expires_at!, claims.expiresAt);
  return toCredential({ ...row, expires_at: expiresAt }, org, "agent", () => true);
}

/**
 * An API key is random and does not name its tenant: the control database maps its hash to the tenant, whose database
 * has the key's rights.
 */
async function loadKey(ctx: PublicCtx, key: string): Promise<Credential> {
  const hash = sha256Hex(key);
  const route = await ctx.control
    .prepare("SELECT org_id, tenant_db FROM api_key_routes WHERE key_hash = ?")
    .bind(hash)
    .first<{ org_id: string; tenant_db: string }>();
  if (!route) throw unauthenticated("the API key is not valid");
  const cacheSettings = startReadingSettings();
  const db = new TenantDatabase(tenantD1(ctx.env, route.tenant_db), route.org_id, ctx.cost, "first-primary");
  const [row] = await db.query<CredentialRow>(
    `SELECT a.id AS agent_id, k.id AS credential_id, k.expires_at, k.key_type, k.scopes, k.last_used_at, ${ACTOR_SQL}
     JOIN api_keys k ON k.agent_id = a.id AND k.org_id = a.org_id
     WHERE a.org_id = ?1 AND k.key_hash = ?2 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?3) AND a.status = 'active' AND o.status = 'active'`,
    hash,
    ctx.now(),
  );
  if (!row) throw unauthenticated("the API key is not valid");
  cacheSettings(route.org_id, row);
  if (ctx.now() - (row.last_used_at ?? 0) > MINUTE) {
    ctx.background(
      db.sql("UPDATE api_keys SET last_used_at = ?3 WHERE org_id = ?1 AND id = ?2", row.credential_id, ctx.now()).run(),
    );
  }
  // The key is refused but not revoked: it works again if the owner regains the permission.
  if (!parsePermissions(row.permissions).includes("developer.access"))
    throw forbidden("the owner of the API key lacks developer.access");
  const scopes = JSON.parse(row.scopes ?? "[]") as string[];
  const org = { id: route.org_id, tenantDb: route.tenant_db };
  return toCredential(
    row,
    org,
    "api_key",
    (permission) => allowedByKeyType(row.key_type!, permission) && (scopes.length === 0 || scopes.includes(permission)),
  );
}

/**
 * The ids of the sessions and API keys that are no longer valid: expired, revoked, or the agent or the organization is
 * not active, or the key's owner lacks `developer.access`.
 */
export async function endedCredentials(
  db: TenantDatabase,
  credentialIds: readonly string[],
  now: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `SELECT w.value AS id FROM json_each(?2) w
     WHERE NOT EXISTS (SELECT 1 FROM orgs WHERE org_id = ?1 AND status = 'active')
        OR NOT EXISTS (
          SELECT 1 FROM agents a WHERE a.org_id = ?1 AND a.status = 'active' AND a.id IN (
            SELECT s.agent_id FROM sessions s WHERE s.org_id = ?1 AND s.id = w.value AND s.expires_at > ?3
            UNION ALL SELECT k.agent_id FROM api_keys k JOIN agents o ON o.org_id = k.org_id AND o.id = k.agent_id JOIN roles r ON r.org_id = o.org_id AND r.id = o.role_id
            WHERE k.org_id = ?1 AND k.id = w.value AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?3) AND r.permissions LIKE '%"developer.access"%'))`,
    JSON.stringify(credentialIds),
    now,
  );
  return rows.map((row) => row.id);
}

/** The current permissions and divisions of the active agents among `agentIds`. Their API keys may have fewer. */
export async function rightsOfAgents(
  db: TenantDatabase,
  agentIds: readonly string[],
): Promise<Map<string, AgentRights>> {
  const rows = await db.query<{ id: string; permissions: string; divisions: string }>(
    `SELECT a.id, r.permissions, (SELECT json_group_array(d.division_id) FROM division_agents d WHERE d.org_id = ?1 AND d.agent_id = a.id) AS divisions
     FROM agents a JOIN roles r ON r.id = a.role_id AND r.org_id = a.org_id WHERE a.org_id = ?1 AND a.status = 'active' AND a.id IN (SELECT value FROM json_each(?2))`,
    JSON.stringify(agentIds),
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        permissions: new Set(parsePermissions(row.permissions)),
        divisionIds: new Set(JSON.parse(row.divisions) as string[]),
      },
    ]),
  );
}

function allowedByKeyType(type: "read" | "messaging" | "full", permission: Permission): boolean {
  if (type === "full") return true;
  const reads = permission.endsWith(".view") || permission.endsWith(".view_all") || permission.endsWith(".search");
  return reads || (type === "messaging" && /^(messages|media|conversations|contacts)\./.test(permission));
}

function toCredential(
  row: CredentialRow,
  org: { id: string; tenantDb: string },
  kind: "agent" | "api_key",
  allows: (permission: Permission) => boolean,
): Credential {
  return {
    org: { ...org, country: row.country },
    actor: {
      kind,
      id: row.agent_id,
      name: row.full_name,
      credentialId: row.credential_id,
      expiresAt: row.expires_at,
      permissions: new Set(parsePermissions(row.permissions).filter(allows)),
      readsOnly: row.key_type === "read",
      divisionIds: JSON.parse(row.divisions) as string[],
      ...(kind === "agent" && { conversationSort: row.conversation_sort }),
    },
  };
}
