import type { TenantCtx } from "./context";
import { IDEMPOTENCY_KEEP_MS, sealedAnswer } from "./idempotency";
import { changedMeanwhile, Problem } from "./problem";

/** What was done to what; `changes` maps a field to [before, after], secrets left out by whoever writes it. */
export interface Activity {
  action: `${string}.${string}`;
  entityType: string;
  entityId: string;
  changes?: Record<string, unknown>;
}

/**
 * The one write of an operation: its statements, its activity and, where the caller sent an Idempotency-Key, its answer, in one
 * transaction. A second call with the same key fails on the key's row and takes everything back. `ifChanged`: the activity is only
 * there if the last of the statements changed a row, for those that carry their own condition. Returns the statements' results.
 */
export async function commit(
  ctx: TenantCtx,
  {
    write,
    activity,
    ifChanged = false,
    answer,
    status = 200,
  }: {
    write: readonly D1PreparedStatement[];
    activity?: Activity;
    ifChanged?: boolean;
    answer?: unknown;
    status?: number;
  },
): Promise<D1Result[]> {
  const statements = [...write];
  if (activity) statements.push(activityStatement(ctx, activity, ifChanged));
  if (ctx.idempotency && answer !== undefined) {
    const { caller, operation, key, bodyHash } = ctx.idempotency;
    statements.push(
      ctx.db.sql(
        "DELETE FROM idempotency_keys WHERE org_id = ?1 AND caller = ?2 AND operation = ?3 AND key = ?4 AND created_at <= ?5",
        caller,
        operation,
        key,
        ctx.now() - IDEMPOTENCY_KEEP_MS,
      ),
      ctx.db.sql(
        "INSERT INTO idempotency_keys (org_id, caller, operation, key, body_hash, status, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        caller,
        operation,
        key,
        bodyHash,
        status,
        await sealedAnswer(ctx, answer),
        ctx.now(),
      ),
    );
  }
  return (await ctx.db.batch(statements)).slice(0, write.length);
}

export function activityStatement(ctx: TenantCtx, activity: Activity, ifChanged = false): D1PreparedStatement {
  return ctx.db.sql(
    `INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, changes, created_at)
     SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9${ifChanged ? " WHERE changes() > 0" : ""}`,
    ctx.newId(),
    ctx.actor.kind,
    ctx.actor.id,
    activity.action,
    activity.entityType,
    activity.entityId,
    JSON.stringify(activity.changes ?? {}),
    ctx.now(),
  );
}

const MAX_ATTEMPTS = 5;

/** Re-runs an optimistic write while it conflicts, at most five times. */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== changedMeanwhile || tries === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Fields with what they were and what they are to be: [before, after]. */
export type Changes = Record<string, [unknown, unknown]>;

/** For what is deleted: every field of it. */
export const allGone = (fields: object): Changes =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, [value, null]]));

/** The fields of `after` that differ from `before`; what is not given in it stays. */
export function changesBetween(before: object, after: object): Changes {
  const known = before as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(after)
      .filter(([field, value]) => value !== undefined && JSON.stringify(known[field]) !== JSON.stringify(value))
      .map(([field, value]) => [field, [known[field] ?? null, value]]),
  );
}

/** What they are to be. */
export const newValues = (changes: Changes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(changes).map(([field, [, value]]) => [field, value]));
