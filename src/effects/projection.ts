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
import { concernsAnyone, creationStatements, drainOutbox } from "./outbox";

export type { Projection };

/** Brings what conversations have committed to D1: each effect makes its rows in the object, and its statements where they are written. */

/** Pure. */
export function toProjection(committed: Committed): Projection {
  const { state, events } = committed;
  const rows = effects.map(({ name, fromConversation }) => [name, fromConversation?.(committed) ?? []] as const);
  return {
    orgId: state.orgId,
    tenantDb: state.tenantDb,
    conversationId: state.id,
    version: state.version,
    upTo: events.at(-1)!.seq,
    rows: Object.fromEntries(rows.filter(([, theirs]) => theirs.length > 0)),
  };
}

const rowsOf = (projections: readonly Projection[], name: string): object[] =>
  projections.flatMap(({ rows }) => rows[name] ?? []);

/**
 * Writes what conversations of one tenant have to say: one transaction, a few statements whatever their number. Idempotent, and never
 * backwards. Returns the bookmark from which a reader sees it.
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

/** Writes a conversation's row alone, in one statement; the other effects follow with the consumer. */
export async function projectRow(env: Env, state: ConversationState, cost: Cost): Promise<string | null> {
  const db = new TenantDatabase(tenantD1(env, state.tenantDb), state.orgId, cost, "first-primary");
  await upsertConversations(db, [toRow(state)]).run();
  return db.bookmark;
}

/** Wakes the objects that durable rows concern, each once. Does not throw. */
export async function wakeConcerned(env: Env, org: OrgRef, projections: readonly Projection[]): Promise<void> {
  const concerned = effects.filter(({ name, wake }) => wake && rowsOf(projections, name).length > 0);
  await Promise.all(concerned.map(({ wake }) => wake!({ env, org })));
}

/** The consumer's work once rows are durable. What fails is logged, and found by a sweep. */
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
            .filter(concernsAnyone)
            .map(({ id }) => id),
        );
      await after?.(ctx, rows);
    } catch (error) {
      logError("effect_delayed", error, { effect: name, org_id: ctx.orgId });
    }
  }
}
