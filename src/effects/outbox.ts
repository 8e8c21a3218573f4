import type { Ctx } from "../domain/context";
import type { Effect } from "../domain/effect";
import type { EntityEvent } from "../domain/event";
import { MINUTE, SECOND } from "../kit/clock";
import type { EventStage, NewEvent, TenantCtx } from "../kit/context";
import type { TenantDatabase } from "../kit/database";
import { uuidV7 } from "../kit/id";
import { describeError, logError } from "../kit/log";
import { fieldOf, insertRows } from "../kit/rows";
import { effects } from "../composition";

/**
 * Effects of entity events. Their rows are written in the batch that changes the entity. An event with a delivery
 * beyond the database gets an outbox row in the same batch; it is delivered after the commit, and by a sweep until it
 * succeeds (docs/adr/0018).
 */

const LEASE_MS = MINUTE;
const MAX_ATTEMPTS = 12;
const MAX_DELAY_MS = 30 * MINUTE;
/** Events that events lead to, one after another. */
const MAX_DEPTH = 5;

/** The stage of `commit` that runs the effects of events. */
export const entityEffects: EventStage = {
  async stage(ctx, newEvents) {
    const events = await withConsequences(
      ctx.db,
      newEvents.map((event) => toEvent(ctx, event)),
    );
    const delivered = events.filter((event) => deliveriesOf(event).length > 0);
    return {
      statements: [
        ...(await effectStatements(ctx.db, events)),
        ...delivered.map((event) => outboxStatement(ctx.db, event, ctx.now())),
      ],
      committed: async () => {
        wakeObjects(ctx, events);
        for (const event of delivered) await deliver(ctx as Ctx, event, 1);
      },
    };
  },
};

const toEvent = (ctx: TenantCtx, event: NewEvent): EntityEvent => ({
  ...(event as Pick<EntityEvent, "type" | "entityId" | "data">),
  id: ctx.newId(),
  at: ctx.now(),
  actor: { kind: ctx.actor.kind as EntityEvent["actor"]["kind"], id: ctx.actor.id },
});

/** The events, and those that they lead to. Throws if these go on without an end. */
async function withConsequences(db: TenantDatabase, causes: readonly EntityEvent[]): Promise<EntityEvent[]> {
  const events: EntityEvent[] = [];
  for (let [latest, depth] = [causes, 0]; latest.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new Error(`events lead to each other: ${latest[0]!.type}`);
    events.push(...latest);
    const next = latest.flatMap((cause) =>
      effects.map(async ({ leadsTo }) =>
        ((await leadsTo?.(cause)?.(db)) ?? []).map((event): EntityEvent => ({
          ...(event as Pick<EntityEvent, "type" | "entityId" | "data">),
          id: uuidV7(cause.at),
          at: cause.at,
          actor: cause.actor,
        })),
      ),
    );
    latest = (await Promise.all(next)).flat();
  }
  return events;
}

async function effectStatements(db: TenantDatabase, events: readonly EntityEvent[]): Promise<D1PreparedStatement[]> {
  const statements: D1PreparedStatement[] = [];
  for (const { fromEntity, statements: make } of effects) {
    const rows = fromEntity && make ? events.flatMap((event) => fromEntity(event) ?? []) : [];
    if (rows.length > 0) statements.push(...(await make!(db, rows)));
  }
  return statements;
}

/** Calls the `wake` of each effect that has rows, beside the rest. */
function wakeObjects(ctx: TenantCtx, events: readonly EntityEvent[]): void {
  for (const { fromEntity, wake } of effects) {
    const rows = fromEntity && wake ? events.flatMap((event) => fromEntity(event) ?? []) : [];
    if (rows.length > 0) ctx.background(wake!(ctx, rows));
  }
}

const deliveriesOf = (event: EntityEvent): ((ctx: Ctx) => Promise<void>)[] =>
  effects.flatMap(({ deliver: make }) => make?.(event) ?? []);

/** Whether any effect handles an event. */
export const isHandled = (event: EntityEvent): boolean =>
  effects.some((one) => [one.fromEntity, one.leadsTo, one.deliver].some((of) => of?.(event) !== undefined));

/**
 * Makes the statements that write creation events of a projection's rows to the outbox. They precede the rows in the
 * batch and write only for rows that are new. Their effects run from the outbox, since only the batch knows which rows
 * are new.
 */
export function creationStatements(
  db: TenantDatabase,
  { creates }: Effect,
  rows: readonly object[],
  now: number,
): D1PreparedStatement[] {
  const events = creates ? rows.map((row) => creates.event(row)).filter(isHandled) : [];
  if (!creates || events.length === 0) return [];
  const outboxRows = events.map((event) => ({
    id: event.id,
    entity_id: event.entityId,
    event: JSON.stringify(event),
    now,
  }));
  const isNew = `NOT EXISTS (SELECT 1 FROM ${creates.table} e WHERE e.org_id = ?1 AND e.id = ${fieldOf("entity_id")})`;
  const columns = [
    "id",
    "event",
    ["is_applied", "0"],
    ["next_at", fieldOf("now")],
    ["created_at", fieldOf("now")],
  ] as const;
  return [db.sql(insertRows("outbox", columns, { or: "OR IGNORE", where: isNew }), JSON.stringify(outboxRows))];
}

const outboxStatement = (db: TenantDatabase, event: EntityEvent, now: number): D1PreparedStatement =>
  db.sql(
    "INSERT INTO outbox (org_id, id, event, is_applied, next_at, created_at) VALUES (?1, ?2, ?3, 1, ?4, ?5)",
    event.id,
    JSON.stringify(event),
    now + LEASE_MS,
    now,
  );

/** Delivers an event and deletes its outbox row. A failure is logged and postponed; it does not throw. */
async function deliver(ctx: Ctx, event: EntityEvent, attempts: number, isApplied = true): Promise<boolean> {
  try {
    if (!isApplied) await apply(ctx, event);
    for (const run of deliveriesOf(event)) await run(ctx);
    await ctx.db.sql("DELETE FROM outbox WHERE org_id = ?1 AND id = ?2", event.id).run();
    return true;
  } catch (error) {
    logError("event_delayed", error, { org_id: ctx.orgId, event_id: event.id, type: event.type });
    await postpone(ctx, event.id, attempts, describeError(error).split("\n")[0]!).catch((cause: unknown) =>
      logError("event_not_postponed", cause, { event_id: event.id }),
    );
    return false;
  }
}

/** Writes an event's rows exactly once: the batch fails if another consumer has applied it. */
async function apply(ctx: Ctx, event: EntityEvent): Promise<void> {
  const events = await withConsequences(ctx.db, [event]);
  const delivered = events.slice(1).filter((one) => deliveriesOf(one).length > 0);
  await ctx.db.batch([
    ctx.db.sql(
      "SELECT iif((SELECT is_applied FROM outbox WHERE org_id = ?1 AND id = ?2) = 0, 1, json_extract('[]', 'applied already'))",
      event.id,
    ),
    ...(await effectStatements(ctx.db, events)),
    ...delivered.map((one) => outboxStatement(ctx.db, one, ctx.now())),
    ctx.db.sql("UPDATE outbox SET is_applied = 1 WHERE org_id = ?1 AND id = ?2", event.id),
  ]);
}

/**
 * Schedules the next attempt, with exponential backoff. After `MAX_ATTEMPTS` the event becomes a dead letter, which the
 * operator can resend.
 */
async function postpone(ctx: Ctx, id: string, attempts: number, error: string): Promise<void> {
  const isDead = attempts >= MAX_ATTEMPTS;
  const nextAt = isDead ? null : ctx.now() + Math.min(MAX_DELAY_MS, 2 ** attempts * SECOND);
  if (isDead) {
    const body = { kind: "outbox", orgId: ctx.orgId, tenantDb: ctx.org.tenantDb, eventId: id };
    await ctx.control
      .prepare(
        `INSERT INTO dead_letters (id, queue, org_id, body, error, attempts, created_at) VALUES (?, 'outbox', ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET error = excluded.error, attempts = attempts + excluded.attempts, replayed_at = NULL`,
      )
      .bind(id, ctx.orgId, JSON.stringify(body), error, attempts, ctx.now())
      .run();
  }
  await ctx.db
    .sql("UPDATE outbox SET next_at = ?3, last_error = ?4 WHERE org_id = ?1 AND id = ?2", id, nextAt, error)
    .run();
}

/** Delivers these events of the outbox, except those that another run has leased. Returns the number delivered. */
export async function drainOutbox(ctx: Ctx, ids: readonly string[], now = ctx.now()): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await ctx.db.query<{ event: string; attempts: number; is_applied: number }>(
    `UPDATE outbox SET attempts = attempts + 1, next_at = ?4 WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2))
       AND coalesce(next_at, 0) <= ?3 RETURNING event, attempts, is_applied`,
    JSON.stringify(ids),
    now,
    now + LEASE_MS,
  );
  let done = 0;
  for (const { event, attempts, is_applied: isApplied } of rows) {
    if (await deliver(ctx, JSON.parse(event) as EntityEvent, attempts, isApplied === 1)) done++;
  }
  return done;
}

/** SQL over all tenants of a database: the due events of the outbox. ?1: now, in milliseconds. */
export const DUE_EVENTS = `SELECT b.id, b.org_id, o.country FROM outbox b INDEXED BY idx_outbox_next_at JOIN orgs o ON o.org_id = b.org_id
  WHERE b.next_at <= ?1 ORDER BY b.next_at`;
