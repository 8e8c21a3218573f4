import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { idAt } from "../../domain/webhook";
import { wakeEndpoint } from "../../objects";
import { WebhookPath } from "./model";
import { webhookInactive, webhookNotFound } from "./problems";
import { loadWebhook } from "./store";

const MAX_PER_CALL = 10_000;
const MAX_PER_STATEMENT = 1000;

const Body = z
  .strictObject({
    since: z.iso
      .datetime()
      .openapi({ description: "Events from this time on, in UTC", example: "2026-11-29T00:00:00Z" }),
  })
  .openapi("RecoverWebhook");

const Recovered = z.object({
  webhook_id: z.uuid(),
  recovered: z.int().openapi({ description: "Number of deliveries that are tried again" }),
  has_more: z.boolean().openapi({ description: "More are left: call again" }),
});

export default operation({
  id: "recoverWebhook",
  summary: "Deliver again what has failed for good",
  description:
    "Tries every delivery with status `dead` again, from the first attempt on, the oldest first; at most 10,000 a call. Deliveries that wait for a retry are left alone.",
  params: WebhookPath,
  body: Body,
  response: Recovered,
  problems: [webhookNotFound, webhookInactive],
  handle: ({ ctx, params, body }) => recoverWebhook(ctx, params.id, Date.parse(body.since)),
});

export async function recoverWebhook(ctx: Ctx, id: string, since: number): Promise<z.infer<typeof Recovered>> {
  const { is_active: isActive } = await loadWebhook(ctx, id);
  if (isActive === 0) throw webhookInactive("switch it on first");
  let recovered = 0;
  let last = MAX_PER_STATEMENT;
  while (last === MAX_PER_STATEMENT && recovered < MAX_PER_CALL) {
    const { meta } = await ctx.db
      .sql(
        `UPDATE webhook_deliveries SET status = 'pending', attempt = 0, lane = 1, next_at = ?4, completed_at = NULL
         WHERE org_id = ?1 AND webhook_id = ?2 AND id IN (SELECT d.id FROM webhook_deliveries d INDEXED BY idx_webhook_deliveries_dead
           WHERE d.org_id = ?1 AND d.webhook_id = ?2 AND d.status = 'dead' AND d.id >= ?3 ORDER BY d.id LIMIT ${MAX_PER_STATEMENT})`,
        id,
        idAt(Math.max(0, since)),
        ctx.now(),
      )
      .run();
    last = meta.changes;
    recovered += last;
  }
  if (recovered > 0) ctx.background(wakeEndpoint(ctx, id));
  return { webhook_id: id, recovered, has_more: last === MAX_PER_STATEMENT };
}
