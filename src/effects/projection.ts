import { upsertConversations } from "../areas/conversations/effect";
import { tenantD1 } from "../config";
import type { Ctx } from "../domain/context";
import { toRow } from "../domain/conversation/columns";
import type { ConversationState } from "../domain/conversation/state";
import type { Committed, Projection } from "../domain/effect";
import { clock } from "../kit/clock";
import type { OrgRef } from "../kit/context";
import { Cost } from "../kit/cost";
import { TenantDatabase } from "../kit/database";
import { logError } from "../kit/log";
import { effects } from "../composition";
import { isHandled, creationStatements, drainOutbox } from "./outbox";

export type { Projection };

/**
 * Projects what conversations have committed to D1 (docs/adr/0002). Each effect makes its rows in the object, and its
 * statements in the consumer that writes them.
 */

/** Runs every effect's `fromConversation`. Pure. */
export function toProjection(committed: Committed): Projection {
  const { state, events } = committed;
  const rows = effects.map(({ name, fromConversation }) => [name, fromConversation?.(committed) ?? []] as const);
  return {
    orgId: state.orgId,
    tenantDb: state.tenantDb,
    conversationId: state.id,
    upTo: events.at(-1)!.seq,
    rows: Object.fromEntries(rows.filter(([, own]) => own.length > 0)),
  };
}

const rowsOf = (projections: readonly Projection[], name: string): object[] =>
  projections.flatMap(({ rows }) => rows[name] ?? []);

/**
 * Writes the projections of one tenant's conversations in one transaction, with a fixed number of statements.
 * Idempotent: a row never goes back to an older version. Returns the D1 bookmark after the write; null without
 * projections. Throws for several tenants.
 */
export async function project(env: Env, projections: readonly Projection[], cost = new Cost()): Promise<string | null> {
  const [first] = projections;
  if (!first) return null;
  if (projections.some((p) => p.orgId !== first.orgId || p.tenantDb !== first.tenantDb))
    throw new Error("a projection is of one tenant");
  const db = new TenantDatabase(tenantD1(env, first.tenantDb), first.orgId, cost, "first-primary");
  const statements: D1PreparedStatement[] = [];
  for (const effect of effects) {
    const rows = rowsOf(projections, effect.name);
    if (rows.length === 0 || !effect.statements) continue;
    statements.push(...creationStatements(db, effect, rows, clock.now()), ...(await effect.statements(db, rows)));
  }
  await db.batch(statements);
  return db.bookmark;
}

/** By conversation: the last event that D1 has the rows of. Conversations that D1 does not know are missing. */
export async function projectedSeqs(
  env: Env,
  { id, tenantDb }: OrgRef,
  conversationIds: readonly string[],
  cost = new Cost(),
): Promise<Map<string, number>> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), id, cost, "first-primary");
  const rows = await db.query<{ id: string; projected_seq: number }>(
    "SELECT c.id, c.projected_seq FROM json_each(?2) i CROSS JOIN conversations c ON c.id = i.value AND c.org_id = ?1",
    JSON.stringify(conversationIds),
  );
  return new Map(rows.map((row) => [row.id, row.projected_seq]));
}

/**
 * Writes a conversation's row alone, in one query. The consumer writes the rows of the other effects. Returns the
 * bookmark.
 */
export async function projectRow(env: Env, state: ConversationState, cost: Cost): Promise<string | null> {
  const db = new TenantDatabase(tenantD1(env, state.tenantDb), state.orgId, cost, "first-primary");
  await db.batch(upsertConversations(db, [toRow(state)]));
  return db.bookmark;
}

/** Calls the `wake` of each effect that has rows, once they are durable. Does not throw: `wake` logs its failures. */
export async function wakeObjects(env: Env, org: OrgRef, projections: readonly Projection[]): Promise<void> {
  await Promise.all(
    effects.map(async ({ name, wake }) => {
      const rows = wake ? rowsOf(projections, name) : [];
      if (rows.length > 0) await wake!({ env, org }, rows);
    }),
  );
}

/** Runs the consumer's work once rows are durable. A failure is logged, and a sweep repeats the work. */
export async function afterProjection(ctx: Ctx, projections: readonly Projection[]): Promise<void> {
  for (const { name, after, creates } of effects) {
    const rows = rowsOf(projections, name);
    if (rows.length === 0) continue;
    try {
      if (creates)
        await drainOutbox(
          ctx,
          rows
            .map((row) => creates.event(row))
            .filter(isHandled)
            .map(({ id }) => id),
        );
      await after?.(ctx, rows);
    } catch (error) {
      logError("effect_delayed", error, { effect: name, org_id: ctx.orgId });
    }
  }
}
