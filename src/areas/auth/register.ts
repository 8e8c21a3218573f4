import { tenantD1, tenantDatabases } from "../../config";
import { DAY, MINUTE } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { isUniqueViolation, TenantDatabase } from "../../kit/database";
import { randomToken, sha256Hex, uuidV5, uuidV7 } from "../../kit/id";
import { type Reply } from "../../kit/operation";
import { publicOperation } from "../../domain/operation";
import { hashPassword, verifyPassword } from "../../kit/password";
import { SYSTEM_ROLES } from "../../domain/permissions";
import { tooManyRequests } from "../../kit/problem";
import { countTry } from "../../kit/rate-limit";
import { RegisterRequest, SessionToken } from "./model";
import { openSession } from "./open-session";
import { emailTaken } from "./problems";

export default publicOperation({
  id: "register",
  summary: "Register a new tenant organization",
  description:
    "Creates the organization with its three system roles and its first admin, in the tenant database with the fewest organizations.",
  body: RegisterRequest,
  examples: {
    "New organization": {
      org_name: "Toko Biru",
      admin_email: "ana@example.com",
      admin_password: "correct-horse",
      country: "ID",
    },
  },
  response: SessionToken,
  status: 201,
  problems: [emailTaken, tooManyRequests],
  idempotent: "own",
  handle: ({ ctx, body, request }) => {
    const key = request.headers.get("idempotency-key");
    return registerOrganization(ctx, {
      name: body.org_name,
      email: body.admin_email,
      password: body.admin_password,
      country: body.country ?? null,
      userAgent: request.headers.get("user-agent"),
      // Excludes the password, since a stored fast hash would help to guess it. The password has its own hash.
      registrationHash:
        key === null ? null : sha256Hex(JSON.stringify([key, body.org_name, body.admin_email, body.country])),
    });
  },
});

interface NewOrganization {
  name: string;
  email: string;
  password: string;
  country: string | null;
  userAgent: string | null;
  registrationHash: string | null;
}

export async function registerOrganization(ctx: PublicCtx, input: NewOrganization): Promise<Reply> {
  await countTry(ctx, { [`register-from:${ctx.clientAddress}`]: 20 }, MINUTE);
  const now = ctx.now();
  const orgId = uuidV7(now);
  const agentId = uuidV7(now);
  const tenantDb = await emptiestTenantDatabase(ctx);
  const passwordHash = await hashPassword(input.password);
  const slug = `${slugOf(input.name)}-${randomToken(4)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "0")}`;
  try {
    // From here on the organization exists as `provisioning`, and the cron completes an interrupted registration.
    await ctx.control.batch([
      ctx.control
        .prepare(
          "INSERT INTO organizations (id, name, slug, status, tenant_db, country, pending_admin, registration_hash, created_at, updated_at) VALUES (?, ?, ?, 'provisioning', ?, ?, ?, ?, ?, ?)",
        )
        .bind(
          orgId,
          input.name,
          slug,
          tenantDb,
          input.country,
          JSON.stringify({ agentId, email: input.email }),
          input.registrationHash,
          now,
          now,
        ),
      ctx.control
        .prepare(
          "INSERT INTO identities (agent_id, org_id, email, password_hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(agentId, orgId, input.email, passwordHash, now, now),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "identities.email")) throw error;
    return replayRegistration(ctx, input);
  }
  await finishProvisioning(ctx, orgId);
  const db = new TenantDatabase(tenantD1(ctx.env, tenantDb), orgId, ctx.cost, "first-primary");
  const session = await openSession(ctx, db, tenantDb, agentId, input.userAgent);
  if (!session) throw new Error("a new admin cannot log in");
  return session;
}

/**
 * Opens a session if this is a retry with the Idempotency-Key and password of the registration, within a day of it.
 * Throws `auth_email_taken` otherwise.
 */
async function replayRegistration(ctx: PublicCtx, input: NewOrganization): Promise<Reply> {
  const org = await ctx.control
    .prepare(
      "SELECT o.id, o.tenant_db, i.agent_id, i.password_hash FROM identities i JOIN organizations o ON o.id = i.org_id WHERE i.email = ? AND o.registration_hash = ? AND o.created_at > ?",
    )
    .bind(input.email, input.registrationHash, ctx.now() - DAY)
    .first<{ id: string; tenant_db: string; agent_id: string; password_hash: string }>();
  if (!org || !(await verifyPassword(input.password, org.password_hash))) throw emailTaken();
  await finishProvisioning(ctx, org.id);
  const db = new TenantDatabase(tenantD1(ctx.env, org.tenant_db), org.id, ctx.cost, "first-primary");
  const session = await openSession(ctx, db, org.tenant_db, org.agent_id, input.userAgent);
  if (!session) throw emailTaken();
  return session;
}

/** Writes the initial rows of a new tenant and activates it. Idempotent: the cron repeats it after an interruption. */
export async function finishProvisioning(ctx: PublicCtx, orgId: string): Promise<void> {
  const org = await ctx.control
    .prepare(
      "SELECT name, slug, tenant_db, country, pending_admin FROM organizations WHERE id = ? AND status = 'provisioning'",
    )
    .bind(orgId)
    .first<{ name: string; slug: string; tenant_db: string; country: string | null; pending_admin: string }>();
  if (!org) return;
  const { agentId, email } = JSON.parse(org.pending_admin) as { agentId: string; email: string };
  const now = ctx.now();
  const db = new TenantDatabase(tenantD1(ctx.env, org.tenant_db), orgId, ctx.cost, "first-primary");
  const roleId = (name: string): string => uuidV5(orgId, `role:${name}`);
  await db.batch([
    db.sql(
      "INSERT OR IGNORE INTO orgs (org_id, name, slug, status, country, created_at, updated_at) VALUES (?1, ?2, ?3, 'active', ?4, ?5, ?5)",
      org.name,
      org.slug,
      org.country,
      now,
    ),
    ...Object.entries(SYSTEM_ROLES).map(([name, role]) =>
      db.sql(
        "INSERT OR IGNORE INTO roles (id, org_id, name, description, is_system, permissions, created_at, updated_at) VALUES (?2, ?1, ?3, ?4, 1, ?5, ?6, ?6)",
        roleId(name),
        name,
        role.description,
        JSON.stringify(role.permissions),
        now,
      ),
    ),
    db.sql(
      "INSERT OR IGNORE INTO agents (id, org_id, email, full_name, role_id, created_at, updated_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?6)",
      agentId,
      email,
      email.split("@")[0]!,
      roleId("admin"),
      now,
    ),
    db.sql(
      `INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, changes, created_at)
       SELECT ?2, ?1, 'system', ?3, 'organization.create', 'organization', ?1, '{}', ?4
       WHERE NOT EXISTS (SELECT 1 FROM activity_logs WHERE org_id = ?1)`,
      uuidV5(orgId, "organization.create"),
      agentId,
      now,
    ),
  ]);
  await ctx.control
    .prepare(
      "UPDATE organizations SET status = 'active', pending_admin = NULL, updated_at = ? WHERE id = ? AND status = 'provisioning'",
    )
    .bind(now, orgId)
    .run();
}

async function emptiestTenantDatabase(ctx: PublicCtx): Promise<string> {
  const { results } = await ctx.control
    .prepare("SELECT tenant_db AS name, count(*) AS n FROM organizations WHERE status <> 'deleted' GROUP BY tenant_db")
    .all<{ name: string; n: number }>();
  const used = new Map(results.map((row) => [row.name, row.n]));
  const [emptiest] = [...tenantDatabases(ctx.env).keys()].sort((a, b) => (used.get(a) ?? 0) - (used.get(b) ?? 0));
  if (!emptiest) throw new Error("this deployment has no tenant database");
  return emptiest;
}

const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replaceAll(/^-|-$/g, "") || "org";
