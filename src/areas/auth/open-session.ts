import type { Config } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { Reply } from "../../kit/operation";
import { HOUR } from "../../kit/clock";
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

/** Opens a session for an authenticated agent. Undefined unless the agent and the organization are active. */
export async function openSession(
  ctx: PublicCtx,
  db: TenantDatabase,
  tenantDb: string,
  agentId: string,
): Promise<Reply | undefined> {
  const sessionId = uuidV7(ctx.now());
  const expiresAt = ctx.now() + SESSION_HOURS * HOUR;
  const [, found] = await db.batch([
    db.sql(
      `INSERT INTO sessions (id, org_id, agent_id, created_at, expires_at)
       SELECT ?2, ?1, a.id, ?4, ?5 FROM agents a JOIN orgs o ON o.org_id = a.org_id
       WHERE a.org_id = ?1 AND a.id = ?3 AND a.status = 'active' AND o.status = 'active'`,
      sessionId,
      agentId,
      ctx.now(),
      expiresAt,
    ),
    db.sql(
      `SELECT o.name AS org_name, o.slug, o.status AS org_status, o.country, ${AGENT_COLUMNS}
       JOIN orgs o ON o.org_id = a.org_id WHERE a.org_id = ?1 AND a.id = ?2 AND a.status = 'active' AND o.status = 'active'`,
      agentId,
    ),
  ]);
  const row = found!.results[0] as Row | undefined;
  if (!row) return undefined;
  const token = await signSession(ctx.config, { agentId, orgId: db.orgId, tenantDb, sessionId }, ctx.now(), expiresAt);
  const organization: OrganizationPublic = {
    id: db.orgId,
    name: row.org_name,
    slug: row.slug,
    status: row.org_status,
    country: row.country,
  };
  const body: SessionToken = {
    token,
    expires_at: new Date(expiresAt).toISOString(),
    agent: toAgentPublic(row),
    organization,
  };
  return new Reply(body, { "set-cookie": sessionCookie(ctx.config, token, SESSION_HOURS * 3600) });
}
