import type { NewEvent, TenantCtx } from "./context";
import { IDEMPOTENCY_KEEP_MS, sealedAnswer } from "./idempotency";
import { changedMeanwhile, Problem } from "./problem";

/** Occurs in the error of a batch that `requireChange` failed. */
const CONFLICT = "changed meanwhile";

/**
 * The only write of an operation: its statements, the effects of its events (such as the audit row) and, for a call
 * with an Idempotency-Key, its answer, in one transaction. A second call with the same key violates the key's
 * uniqueness, which rolls everything back. With `mustChange` it throws that problem (`true`: `changedMeanwhile`) and
 * writes nothing unless the last statement of `write` changes a row: for guarded statements. Returns the results of
 * `write`.
 */
export async function commit(
  ctx: TenantCtx,
  {
    write,
    events = [],
    mustChange = false,
    answer,
    status = 200,
  }: {
    write: readonly D1PreparedStatement[];
    events?: readonly NewEvent[];
    mustChange?: boolean | (() => Problem);
    answer?: unknown;
    status?: number;
  },
): Promise<D1Result[]> {
  const staged = await ctx.effects.stage(ctx, events);
  const statements = [
    ...write,
    ...(mustChange ? [requireChange(ctx)] : []),
    ...staged.statements,
    ...(ctx.idempotency && answer !== undefined ? await answerStatements(ctx, answer, status) : []),
  ];
  const results = await ctx.db.batch(statements).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
    throw typeof mustChange === "function" ? mustChange() : changedMeanwhile();
  });
  await staged.committed();
  return results.slice(0, write.length);
}

/** Fails the batch, with an invalid JSON path, if the statement before it changed no row. */
const requireChange = (ctx: TenantCtx): D1PreparedStatement =>
  ctx.db.sql(`SELECT ?1, iif(changes() > 0, 1, json_extract('[]', '${CONFLICT}'))`);

function isConflict(error: unknown): boolean {
  return error instanceof Error && (error.message.includes(CONFLICT) || isConflict(error.cause));
}

async function answerStatements(ctx: TenantCtx, answer: unknown, status: number): Promise<D1PreparedStatement[]> {
  const { caller, operation, key, bodyHash } = ctx.idempotency!;
  return [
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
  ];
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

/** The old and new value of each field: [before, after]. */
export type Changes = Record<string, [unknown, unknown]>;

/** The changes of a deletion: every field becomes null. */
export const allGone = (fields: object): Changes =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, [value, null]]));

/** The fields of `after` that differ from `before`; a field that is undefined or absent keeps its value. */
export function changesBetween(before: object, after: object): Changes {
  const known = before as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(after)
      .filter(([field, value]) => value !== undefined && JSON.stringify(known[field]) !== JSON.stringify(value))
      .map(([field, value]) => [field, [known[field] ?? null, value]]),
  );
}

/** The new values of the changed fields. */
export const newValues = (changes: Changes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(changes).map(([field, [, value]]) => [field, value]));
