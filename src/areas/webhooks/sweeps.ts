import type { Ctx } from "../../domain/context";
import { idAt } from "../../domain/webhook";
import { DAY } from "../../kit/clock";
import { sweep } from "../../kit/sweep";
import { wakeEndpoint } from "../../objects";

/** Wakes webhooks whose wake-up was lost. Reads a row of each webhook rather than keep an index by time. */
export const wakeWebhooks = sweep({
  name: "webhooks",
  long: true,
  due: `SELECT w.id, w.org_id, o.country FROM webhooks w JOIN orgs o ON o.org_id = w.org_id
    WHERE w.is_active = 1 AND w.paused_until <= ?1 AND EXISTS (SELECT 1 FROM webhook_deliveries d INDEXED BY idx_webhook_deliveries_next_at
      WHERE d.org_id = w.org_id AND d.webhook_id = w.id AND d.lane IN (0, 1) AND d.next_at <= ?1)`,
  work: async (ctx: Ctx, ids) => {
    await Promise.all(ids.map((id) => wakeEndpoint(ctx, id)));
    return ids.length;
  },
});

const KEEP_MS = 30 * DAY;
const MAX_ROWS_PER_STEP = 1000;
/** The most deliveries of one webhook in a minute: more than it may send in one. */
const MAX_STEPS = 5;
/** In SQL, `idAt` of the time ?1 less what is kept. */
const OLDEST_ID = `printf('%08x-%04x', (?1 - ${KEEP_MS}) >> 16, (?1 - ${KEEP_MS}) & 65535)`;
const OLDEST_DAY = `(?1 - ${KEEP_MS}) / ${DAY}`;

/** Deletes deliveries and figures older than 30 days, and those of deleted webhooks, in steps. */
export const forgetDeliveries = sweep({
  name: "old_webhook_deliveries",
  due: `SELECT w.id, w.org_id, NULL AS country FROM (SELECT id, org_id FROM deleted_webhooks UNION ALL SELECT id, org_id FROM webhooks) w
    WHERE EXISTS (SELECT 1 FROM deleted_webhooks x WHERE x.id = w.id)
      OR EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.org_id = w.org_id AND d.webhook_id = w.id AND d.id < ${OLDEST_ID})
      OR EXISTS (SELECT 1 FROM webhook_days y WHERE y.org_id = w.org_id AND y.webhook_id = w.id AND y.day < ${OLDEST_DAY})`,
  work: async (ctx: Ctx, ids) => {
    let done = 0;
    for (const id of ids)
      for (let step = 0, removed = MAX_ROWS_PER_STEP; step < MAX_STEPS && removed === MAX_ROWS_PER_STEP; step++)
        done += removed = await forgetOldOf(ctx, id);
    return done;
  },
});

async function forgetOldOf({ db, now }: Ctx, webhookId: string): Promise<number> {
  const oldest = now() - KEEP_MS;
  const isDeleted = "EXISTS (SELECT 1 FROM deleted_webhooks x WHERE x.org_id = ?1 AND x.id = ?2)";
  const [removed] = await db.batch([
    db.sql(
      `DELETE FROM webhook_deliveries WHERE org_id = ?1 AND webhook_id = ?2 AND id IN
         (SELECT d.id FROM webhook_deliveries d WHERE d.org_id = ?1 AND d.webhook_id = ?2 AND d.id < iif(${isDeleted}, 'g', ?3) ORDER BY d.id LIMIT ${MAX_ROWS_PER_STEP})`,
      webhookId,
      idAt(oldest),
    ),
    db.sql(
      `DELETE FROM webhook_days WHERE org_id = ?1 AND webhook_id = ?2 AND (day < ?3 OR ${isDeleted})`,
      webhookId,
      Math.floor(oldest / DAY),
    ),
    db.sql(
      `DELETE FROM deleted_webhooks WHERE id = ?2 AND org_id = ?1
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.org_id = ?1 AND d.webhook_id = ?2)`,
      webhookId,
    ),
  ]);
  return removed!.meta.changes;
}
