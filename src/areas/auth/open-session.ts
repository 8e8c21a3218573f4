import type { Config } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { Reply } from "../../kit/operation";
import { HOUR } from "../../kit/clock";
import { cut } from "../../kit/cut";
import type { TenantDatabase } from "../../kit/database";
import { uuidV7 } from "../../kit/id";
import { AGENT_COLUMNS, type AgentRow, toAgentPublic } from "../agents/model";
import { SESSION_COOKIE } from "../access/authenticate";
import type { OrganizationPublic, SessionToken } from "./model";
import { SESSION_HOURS, signSession } from "../access/tokens";

export const sessionCookie = (config: Config, token: string, maxAgeSeconds: number): string =>
  // Browsers do not return a Secure cookie without TLS, which development lacks.
  `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${config.ENVIRONMENT === "development" ? "" : "; Secure"}`;

interface Row extends AgentRow {
  org_name: string;
  slug: string;
  org_status: string;
  country: string | null;
}

interface SessionRef {
  agentId: string;
  tenantDb: string;
  sessionId: string;
}

const MAX_USER_AGENT_CHARS = 300;

/** Opens a session for an authenticated agent. Undefined unless the agent and the organization are active. */
export async function openSession(
  ctx: PublicCtx,
  db: TenantDatabase,
  tenantDb: string,
  agentId: string,
  userAgent: string | null,
): Promise<Reply | undefined> {
  const sessionId = uuidV7(ctx.now());
  const expiresAt = ctx.now() + SESSION_HOURS * HOUR;
  const opened = db.sql(
    `INSERT INTO sessions (id, org_id, agent_id, created_at, expires_at, address, user_agent)
     SELECT ?2, ?1, a.id, ?4, ?5, ?6, ?7 FROM agents a JOIN orgs o ON o.org_id = a.org_id
     WHERE a.org_id = ?1 AND a.id = ?3 AND a.status = 'active' AND o.status = 'active'`,
    sessionId,
    agentId,
    ctx.now(),
    expiresAt,
    ctx.clientAddress,
    userAgent && cut(userAgent, MAX_USER_AGENT_CHARS),
  );
  const body = await tokenOfSession(ctx, db, { agentId, tenantDb, sessionId }, expiresAt, [opened]);
  return body && new Reply(body, { "set-cookie": sessionCookie(ctx.config, body.token, SESSION_HOURS * 3600) });
}

/**
 * Signs a token for a session that exists, in the batch of the statements that open it. Undefined unless the session,
 * the agent and the organization are active.
 */
export async function tokenOfSession(
  ctx: PublicCtx,
  db: TenantDatabase,
  { agentId, tenantDb, sessionId }: SessionRef,
  expiresAt: number,
  opened: readonly D1PreparedStatement[] = [],
): Promise<SessionToken | undefined> {
  const results = await db.batch([
    ...opened,
    db.sql(
      `SELECT o.name AS org_name, o.slug, o.status AS org_status, o.country, ${AGENT_COLUMNS}
       JOIN orgs o ON o.org_id = a.org_id JOIN sessions s ON s.org_id = a.org_id AND s.agent_id = a.id
       WHERE a.org_id = ?1 AND a.id = ?2 AND s.id = ?3 AND s.expires_at > ?4 AND a.status = 'active' AND o.status = 'active'`,
      agentId,
      sessionId,
      ctx.now(),
    ),
  ]);
  const row = results.at(-1)!.results[0] as Row | undefined;
  if (!row) return undefined;
  const organization: OrganizationPublic = {
    id: db.orgId,
    name: row.org_name,
    slug: row.slug,
    status: row.org_status,
    country: row.country,
  };
  return {
    token: await signSession(ctx.config, { agentId, orgId: db.orgId, tenantDb, sessionId, expiresAt }, ctx.now()),
    expires_at: new Date(expiresAt).toISOString(),
    agent: toAgentPublic(row),
    organization,
  };
}
