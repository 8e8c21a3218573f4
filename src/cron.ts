import type { Command } from "./domain/conversation/commands";
import { wakeRouting } from "./objects";
import { tenantDatabases } from "./config";
import { DUE_EVENTS, drainOutbox } from "./effects/outbox";
import { systemContext } from "./areas/access/authenticate";
import { finishProvisioning } from "./areas/auth/register";
import { commandConversation } from "./areas/conversations/command";
import { dueWindowsSql } from "./areas/conversations/due-windows";
import { lookAtWindows } from "./areas/conversations/expire";
import { expireSurveys } from "./areas/csat/expire";
import { dropUploads, SWEEP_AFTER_MS } from "./areas/media/receive";
import { sendDueMessages } from "./areas/scheduled-messages/send-due";
import { ORGANIZATIONS_WITH_WORK } from "./areas/divisions/queue";
import { DUE_CLOCKS, settleDueClocks } from "./areas/sla/settle";
import { deliverParked } from "./areas/ingest/parked";
import { DAY, HOUR, MINUTE } from "./kit/clock";
import type { PublicCtx } from "./kit/context";
import type { Ctx } from "./domain/context";
import { logError, logInfo } from "./kit/log";

/** What the minute does. Each part by itself: one that fails is logged and does not hold up the others. All of it may run twice. */
export async function everyMinute(ctx: PublicCtx): Promise<void> {
  const parts: Record<string, (ctx: PublicCtx) => Promise<number>> = {
    parked: (c) => deliverParked(c, 200),
    provisioning: finishTenants,
    expired: expireEverywhere,
    clocks: (c) => sweep(c, DUE_CLOCKS, settleDueClocks),
    unassigned: releaseInactiveAgents,
    divisions: leaveDeletedDivisions,
    routing: wakeQueues,
    scheduled: sendScheduled,
    uploads: dropBrokenUploads,
    outbox: (c) => sweep(c, DUE_EVENTS, drainOutbox),
    surveys: expireOldSurveys,
    forgotten: forgetOld,
  };
  await Promise.all(
    Object.entries(parts).map(async ([name, part]) => {
      try {
        const done = await part(ctx);
        if (done > 0) logInfo(`cron_${name}`, { done });
      } catch (error) {
        logError(`cron_${name}`, error);
      }
    }),
  );
}

async function finishTenants(ctx: PublicCtx): Promise<number> {
  // Those that were tried stand behind the others from then on.
  const { results } = await ctx.control
    .prepare(
      `UPDATE organizations SET updated_at = ?1 WHERE id IN (
         SELECT id FROM organizations WHERE status = 'provisioning' AND created_at < ?2 ORDER BY updated_at LIMIT 20) RETURNING id`,
    )
    .bind(ctx.now(), ctx.now() - MINUTE)
    .all<{ id: string }>();
  let done = 0;
  for (const { id } of results) {
    try {
      await finishProvisioning(ctx, id);
      done++;
    } catch (error) {
      logError("provisioning_failed", error, { org_id: id });
    }
  }
  return done;
}

const A_RUN = 500;

interface Found {
  id: string;
  org_id: string;
  country: string | null;
  division_id?: string;
}

/** Over all tenants of a database: the one kind of query that is not a tenant's own. Objects then decide for themselves. */
async function commandFound(
  ctx: PublicCtx,
  sql: string,
  params: unknown[],
  commandFor: (found: Found) => Command,
): Promise<number> {
  let done = 0;
  for (const [name, d1] of tenantDatabases(ctx.env)) {
    const { results } = await d1
      .prepare(sql)
      .bind(...params)
      .all<Found>();
    for (const found of results) {
      const { id, org_id: orgId, country } = found;
      const command = commandFor(found);
      try {
        await commandConversation(systemContext(ctx, { id: orgId, tenantDb: name, country }), id, command);
        done++;
      } catch (error) {
        logError("cron_command", error, { conversation_id: id, command: command.kind });
      }
    }
  }
  return done;
}

/** Of agents who are deleted or suspended: they cannot answer. */
const releaseInactiveAgents = (ctx: PublicCtx): Promise<number> =>
  commandFound(
    ctx,
    // Of those who have something only: a customer may write again a year later to what a deleted agent has resolved.
    `SELECT c.id, c.org_id, o.country FROM agents a INDEXED BY idx_agents_inactive CROSS JOIN agent_loads l ON l.org_id = a.org_id AND l.agent_id = a.id AND l.conversations > 0
     CROSS JOIN conversations c INDEXED BY idx_conversations_agent_class ON c.org_id = a.org_id AND c.assigned_agent_id = a.id AND c.status IN ('open', 'pending')
     JOIN orgs o ON o.org_id = a.org_id WHERE a.status <> 'active' LIMIT ${A_RUN}`,
    [],
    () => ({ kind: "assign", agentId: null }),
  );

const leaveDeletedDivisions = (ctx: PublicCtx): Promise<number> =>
  commandFound(
    ctx,
    `SELECT c.id, c.org_id, o.country, d.id AS division_id FROM deleted_divisions d
     CROSS JOIN conversations c INDEXED BY idx_conversations_division_class ON c.org_id = d.org_id AND c.division_id = d.id AND c.status IN ('open', 'pending')
     JOIN orgs o ON o.org_id = d.org_id LIMIT ${A_RUN}`,
    [],
    ({ division_id: divisionId }) => ({ kind: "leave_division", divisionId: divisionId! }),
  );

/** What a wake-up that was lost has left in a queue although somebody has room. */
async function wakeQueues(ctx: PublicCtx): Promise<number> {
  let woken = 0;
  for (const [name, d1] of tenantDatabases(ctx.env)) {
    const { results } = await d1
      .prepare(ORGANIZATIONS_WITH_WORK)
      .bind(A_RUN)
      .all<{ org_id: string; country: string | null }>();
    await Promise.all(
      results.map(({ org_id: id, country }) => wakeRouting({ env: ctx.env, org: { id, tenantDb: name, country } })),
    );
    woken += results.length;
  }
  return woken;
}

const A_PAGE = 100;
const MAX_PAGES = 50;

/**
 * Finds what is due over all tenants of each database, and has each tenant's part done, until nothing is left. What was taken up and
 * is due all the same waits for the next minute: however much of it there is, it does not stand before the rest. A tenant whose part
 * fails does not hold up the others either.
 */
async function sweep(ctx: PublicCtx, sql: string, work: (ctx: Ctx, ids: string[]) => Promise<number>): Promise<number> {
  let done = 0;
  for (const [name, d1] of tenantDatabases(ctx.env)) {
    const unwell = new Set<string>();
    const seen = new Set<string>();
    for (let page = 0; page < MAX_PAGES; page++) {
      const { results } = await d1
        .prepare(`SELECT * FROM (${sql}) WHERE id NOT IN (SELECT value FROM json_each(?2)) LIMIT ${A_PAGE}`)
        .bind(ctx.now(), JSON.stringify([...seen]))
        .all<Found>();
      for (const { id } of results) seen.add(id);
      const byTenant = Map.groupBy(results, (row) => row.org_id);
      for (const [orgId, [first, ...others]] of byTenant) {
        if (unwell.has(orgId)) continue;
        try {
          done += await work(
            systemContext(ctx, { id: orgId, tenantDb: name, country: first!.country }),
            [first!, ...others].map((row) => row.id),
          );
        } catch (error) {
          unwell.add(orgId);
          logError("cron_sweep", error, { org_id: orgId });
        }
      }
      if (results.length < A_PAGE) break;
    }
  }
  return done;
}

const expireEverywhere = (ctx: PublicCtx): Promise<number> =>
  sweep(ctx, dueWindowsSql("?1", "o.status = 'active'"), async (c, ids) => (await lookAtWindows(c, ids)).expired);

const sendScheduled = (ctx: PublicCtx): Promise<number> =>
  sweep(
    ctx,
    `SELECT s.id, s.org_id, o.country FROM scheduled_messages s INDEXED BY idx_scheduled_messages_next_at JOIN orgs o ON o.org_id = s.org_id
     WHERE s.next_at <= ? ORDER BY s.next_at`,
    sendDueMessages,
  );

/** Uploads that broke off, with what R2 has of them. */
const dropBrokenUploads = (ctx: PublicCtx): Promise<number> =>
  sweep(
    ctx,
    `SELECT u.id, u.org_id, o.country FROM uploads u INDEXED BY idx_uploads_uploading JOIN orgs o ON o.org_id = u.org_id
     WHERE u.state = 'uploading' AND u.created_at < ? - ${SWEEP_AFTER_MS} ORDER BY u.created_at`,
    dropUploads,
  );

const expireOldSurveys = (ctx: PublicCtx): Promise<number> =>
  sweep(
    ctx,
    `SELECT s.id, s.org_id, o.country FROM csat_surveys s INDEXED BY idx_csat_surveys_expires_at JOIN orgs o ON o.org_id = s.org_id
     WHERE s.status IN ('pending', 'sent') AND s.expires_at <= ? ORDER BY s.expires_at`,
    expireSurveys,
  );

/** What is only kept for a time. */
async function forgetOld(ctx: PublicCtx): Promise<number> {
  const now = ctx.now();
  await ctx.control.batch([
    ctx.control.prepare("DELETE FROM rate_limits WHERE window_start < ?").bind(now - HOUR),
    ctx.control
      .prepare("DELETE FROM parked_updates WHERE reason <> 'busy' AND next_at IS NULL AND created_at < ?")
      .bind(now - 30 * DAY),
  ]);
  for (const d1 of tenantDatabases(ctx.env).values()) {
    await d1.batch([
      d1.prepare("DELETE FROM idempotency_keys WHERE created_at < ?").bind(now - DAY),
      d1.prepare("DELETE FROM sessions WHERE expires_at < ?").bind(now),
      d1.prepare("DELETE FROM channel_analytics WHERE fetched_at < ?").bind(now - 2 * DAY),
    ]);
  }
  return 0;
}
