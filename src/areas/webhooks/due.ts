import type { Ctx } from "../../domain/context";
import { HOLDS_UNTIL_ATTEMPT } from "../../domain/webhook";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint";

/** Reads the due deliveries for a webhook's queue. */

const MAX_HELD = 10_000;
const LANES = [0, 1] as const;

export interface Due {
  id: string;
  entity_id: string;
  attempt: number;
  body: string;
  lane: number;
  next_at: number;
}

/** A delivery that has failed and holds back the later ones about its entity. */
export interface Holding {
  id: string;
  /** Its next attempt, in milliseconds. */
  until: number;
}

interface Read {
  /** Undefined unless the webhook is active. */
  endpoint: (EndpointRow & { paused_until: number; max_per_second: number }) | undefined;
  /** The urgent before those in bulk. */
  due: Due[];
  /** By entity; empty unless asked for. */
  held: Map<string, Holding>;
}

const dueIn = (lane: 0 | 1): string =>
  `SELECT id, entity_id, attempt, body, lane, next_at FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at
   WHERE org_id = ?1 AND webhook_id = ?2 AND lane = ${lane} AND next_at <= ?3 AND entity_id NOT IN (SELECT value FROM json_each(?5)) ORDER BY next_at, id LIMIT ?4`;

const HELD = `SELECT entity_id, min(id) AS id, next_at AS until FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_holding
  WHERE org_id = ?1 AND webhook_id = ?2 AND next_at IS NOT NULL AND attempt > 0 AND attempt < ${HOLDS_UNTIL_ATTEMPT}
  GROUP BY entity_id LIMIT ${MAX_HELD}`;

/** Reads the endpoint and, of each lane, at most `limit` due deliveries that are not about the `excluded` entities. */
export async function readDue(
  { db }: Ctx,
  webhookId: string,
  { now, limit, excluded, withHeld }: { now: number; limit: number; excluded: string[]; withHeld: boolean },
): Promise<Read> {
  const [endpoints, urgent, bulk, held] = await db.queryAll<
    [NonNullable<Read["endpoint"]>[], Due[], Due[], (Holding & { entity_id: string })[]]
  >([
    db.sql(
      `SELECT ${ENDPOINT_COLUMNS}, paused_until, max_per_second FROM webhooks WHERE org_id = ?1 AND id = ?2 AND is_active = 1`,
      webhookId,
    ),
    db.sql(dueIn(0), webhookId, now, limit, JSON.stringify(excluded)),
    db.sql(dueIn(1), webhookId, now, limit, JSON.stringify(excluded)),
    withHeld ? db.sql(HELD, webhookId) : db.sql("SELECT 1 WHERE ?1 IS NULL"),
  ]);
  return {
    endpoint: endpoints[0],
    due: [...urgent, ...bulk],
    held: new Map(held.map(({ entity_id: entityId, ...holding }) => [entityId, holding])),
  };
}

/** When the next delivery is due, in milliseconds; undefined if none is. */
export async function nextDueAt({ db }: Ctx, webhookId: string): Promise<number | undefined> {
  const [row] = await db.query<{ at: number | null }>(
    `SELECT min(at) AS at FROM (${LANES.map(
      (lane) =>
        `SELECT min(next_at) AS at FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at WHERE org_id = ?1 AND webhook_id = ?2 AND lane = ${lane} AND next_at IS NOT NULL`,
    ).join(" UNION ALL ")})`,
    webhookId,
  );
  return row?.at ?? undefined;
}
