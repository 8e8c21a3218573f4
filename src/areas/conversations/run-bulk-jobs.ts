import type { Ctx } from "../../domain/context";
import type { Permission } from "../../domain/permissions";
import { DAY, MINUTE, SECOND } from "../../kit/clock";
import { logError } from "../../kit/log";
import { Problem } from "../../kit/problem";
import { endedCredentials, rightsOfAgents } from "../access/authenticate";
import { applyToEach, type BulkAction, requireBulkAction } from "./bulk-actions";
import type { BulkJobRow } from "./bulk-job-model";
import { findConversations } from "./list";

const LEASE_MS = 2 * MINUTE;
/** The next run, by the minute's sweep, goes on. */
const RUN_MS = 15 * SECOND;
const MAX_CONVERSATIONS = 100_000;
const PAGE = 500;
const PER_PART = 2000;
const PER_STEP = 100;
const MAX_FAILURES = 100;
const GIVE_UP_AFTER_MS = DAY;

/** Runs jobs that are due, for a while. Returns how many. */
export async function runBulkJobs(ctx: Ctx, ids: readonly string[]): Promise<number> {
  const rows = await ctx.db.query<BulkJobRow>(
    `UPDATE bulk_jobs SET next_at = ?3 + ${LEASE_MS} WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND next_at <= ?3 RETURNING *`,
    JSON.stringify(ids),
    ctx.now(),
  );
  for (const row of rows) {
    try {
      await runJob(ctx, row);
    } catch (error) {
      const isOver = ctx.now() - row.created_at > GIVE_UP_AFTER_MS;
      if ((error instanceof Problem && error.kind.status < 500) || isOver)
        await finish(ctx, row.id, "failed", isOver ? "It did not end within a day" : (error as Problem).message);
      else logError("bulk_job_delayed", error, { org_id: ctx.orgId, bulk_job_id: row.id });
    }
  }
  return rows.length;
}

async function runJob(ctx: Ctx, row: BulkJobRow): Promise<void> {
  const action = JSON.parse(row.action) as BulkAction;
  const endsAt = ctx.now() + RUN_MS;
  let { total } = row;
  let at = row.succeeded + row.failed;
  for (;;) {
    // Asked before each step: the agent may be suspended or lose the right meanwhile, and a key may be revoked.
    const asCaller = await contextOf(ctx, row);
    if (typeof asCaller === "string") return finish(ctx, row.id, "failed", asCaller);
    await requireBulkAction(asCaller, action);
    total ??= await collect(asCaller, row);
    if (at >= total) return finish(ctx, row.id, "done", null);
    if (ctx.now() >= endsAt) return release(ctx, row.id);
    const ids = await idsFrom(ctx, row.id, at);
    // A transfer that is repeated after a crash would be another one.
    const once = (id: string): Ctx => ({
      ...asCaller,
      idempotency: { caller: row.id, operation: "bulk_job", key: id, bodyHash: row.id },
    });
    const outcome = await applyToEach(asCaller, ids, action, action.action === "transfer" ? once : undefined);
    if (!(await keepProgress(ctx, row.id, at, outcome))) return undefined;
    at += ids.length;
  }
}

/** The caller, with the rights that the agent has now, and had when the job was started; or why there is none. */
async function contextOf(ctx: Ctx, row: BulkJobRow): Promise<Ctx | string> {
  const keys = row.api_key_id === null ? [] : [row.api_key_id];
  if (keys.length > 0 && (await endedCredentials(ctx.db, keys, ctx.now())).length > 0)
    return "The API key is not valid any more";
  const rights = (await rightsOfAgents(ctx.db, [row.agent_id])).get(row.agent_id);
  if (!rights) return "The agent is not active any more";
  const permissions = (JSON.parse(row.permissions) as Permission[]).filter((one) => rights.permissions.has(one));
  return {
    ...ctx,
    actor: {
      kind: row.actor_kind,
      id: row.agent_id,
      credentialId: row.id,
      permissions: new Set(permissions),
      divisionIds: [...rights.divisionIds],
    },
  };
}

/** Finds the conversations, and keeps their ids: the action itself changes what the filter finds. */
async function collect(asCaller: Ctx, { id, filter }: BulkJobRow): Promise<number> {
  const query = { ...(JSON.parse(filter) as Parameters<typeof findConversations>[1]), sort: "newest" as const };
  const ids = new Set<string>();
  for (let cursor: { at: number; id: string } | undefined; ids.size < MAX_CONVERSATIONS;) {
    const rows = await findConversations(asCaller, query, PAGE, cursor);
    for (const row of rows.slice(0, PAGE)) ids.add(row.id);
    const last = rows[PAGE - 1];
    if (rows.length <= PAGE || !last) break;
    cursor = { at: last.updated_at, id: last.id };
  }
  const found = [...ids].slice(0, MAX_CONVERSATIONS);
  const { db } = asCaller;
  const parts = Array.from({ length: Math.ceil(found.length / PER_PART) }, (_, n) =>
    db.sql(
      "INSERT OR REPLACE INTO bulk_job_parts (org_id, job_id, n, ids) SELECT ?1, ?2, ?3, ?4 FROM bulk_jobs WHERE org_id = ?1 AND id = ?2 AND status = 'running'",
      id,
      n,
      JSON.stringify(found.slice(n * PER_PART, (n + 1) * PER_PART)),
    ),
  );
  await db.batch([...parts, db.sql("UPDATE bulk_jobs SET total = ?3 WHERE org_id = ?1 AND id = ?2", id, found.length)]);
  return found.length;
}

async function idsFrom(ctx: Ctx, jobId: string, at: number): Promise<string[]> {
  const [part] = await ctx.db.query<{ ids: string }>(
    "SELECT ids FROM bulk_job_parts WHERE org_id = ?1 AND job_id = ?2 AND n = ?3",
    jobId,
    Math.floor(at / PER_PART),
  );
  const ids = part ? (JSON.parse(part.ids) as string[]) : [];
  return ids.slice(at % PER_PART, (at % PER_PART) + PER_STEP);
}

/** False: the job was cancelled, or another run has gone on with it. */
async function keepProgress(
  ctx: Ctx,
  id: string,
  at: number,
  { succeeded, failed }: Awaited<ReturnType<typeof applyToEach>>,
): Promise<boolean> {
  const { meta } = await ctx.db
    .sql(
      `UPDATE bulk_jobs SET succeeded = succeeded + ?4, failed = failed + ?5, next_at = ?6,
         failures = iif(json_array_length(failures) >= ${MAX_FAILURES}, failures,
           (SELECT json_group_array(json(value)) FROM (SELECT value FROM json_each(failures) UNION ALL SELECT value FROM json_each(?7) LIMIT ${MAX_FAILURES})))
       WHERE org_id = ?1 AND id = ?2 AND status = 'running' AND succeeded + failed = ?3`,
      id,
      at,
      succeeded.length,
      failed.length,
      ctx.now() + LEASE_MS,
      JSON.stringify(failed),
    )
    .run();
  return meta.changes > 0 && succeeded.length + failed.length > 0;
}

const release = async (ctx: Ctx, id: string): Promise<void> => {
  await ctx.db
    .sql("UPDATE bulk_jobs SET next_at = ?3 WHERE org_id = ?1 AND id = ?2 AND status = 'running'", id, ctx.now())
    .run();
};

async function finish(ctx: Ctx, id: string, status: "done" | "failed", error: string | null): Promise<void> {
  await ctx.db.batch([
    ctx.db.sql(
      "UPDATE bulk_jobs SET status = ?3, error = ?4, next_at = NULL, finished_at = ?5 WHERE org_id = ?1 AND id = ?2 AND status = 'running'",
      id,
      status,
      error,
      ctx.now(),
    ),
    ctx.db.sql("DELETE FROM bulk_job_parts WHERE org_id = ?1 AND job_id = ?2", id),
  ]);
}
