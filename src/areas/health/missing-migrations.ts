import { tenantDatabases } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { type Problem, upgradeInProgress } from "../../kit/problem";
import { MIGRATIONS } from "./migrations";

export interface MissingMigration {
  database: string;
  name: string;
}

/**
 * The migrations that this code needs and a database lacks. A database may have more: it is migrated before the code
 * that needs it is deployed. Throws if a database does not answer.
 */
export async function missingMigrations(ctx: PublicCtx): Promise<MissingMigration[]> {
  const databases: [string, Pick<D1Database, "prepare">, readonly string[]][] = [
    ["CONTROL_DB", ctx.control, MIGRATIONS.control],
    ...[...tenantDatabases(ctx.env)].map(([name, d1]): [string, D1Database, readonly string[]] => [
      name,
      d1,
      MIGRATIONS.tenant,
    ]),
  ];
  const missing = await Promise.all(
    databases.map(async ([database, d1, needed]) => {
      const applied = await appliedTo(d1);
      return needed.filter((name) => !applied.has(name)).map((name) => ({ database, name }));
    }),
  );
  return missing.flat();
}

async function appliedTo(d1: Pick<D1Database, "prepare">): Promise<Set<string>> {
  try {
    const { results } = await d1.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
    return new Set(results.map(({ name }) => name));
  } catch (error) {
    if (isOldSchema(error)) return new Set();
    throw error;
  }
}

const RETRY_AFTER_SECONDS = 5;

export const upgradeProblem = (missing: readonly MissingMigration[]): Problem =>
  upgradeInProgress(undefined, {
    errors: missing.map(({ database, name }) => ({ field: database, message: `${name} is not applied` })),
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

/**
 * The problem to answer to an unexpected error: `upgrade_in_progress` if a statement met a database that lacks a
 * migration. Undefined for any other error.
 */
export async function upgradeProblemOf(ctx: PublicCtx, error: unknown): Promise<Problem | undefined> {
  if (!isOldSchema(error)) return undefined;
  const missing = await missingMigrations(ctx).catch(() => []);
  return missing.length === 0 ? undefined : upgradeProblem(missing);
}

/** Drizzle wraps D1's errors. */
function isOldSchema(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /no such (table|column|index)|has no column named/.test(error.message) || isOldSchema(error.cause);
}
