import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { SUBSCRIBABLE_TYPES, type SubscribableType } from "../../domain/event";
import { operation } from "../../domain/operation";
import { timeOfId } from "../../domain/webhook";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import {
  DELIVERY_COLUMNS,
  DELIVERY_STATUSES,
  type DeliveryRow,
  toDelivery,
  WebhookDelivery,
  WebhookPath,
} from "./model";
import { webhookNotFound } from "./problems";
import { loadWebhook } from "./store";

const Page = pageOf(WebhookDelivery).openapi("WebhookDeliveryPage");

const Query = z.object({
  ...pageQuery,
  status: z.enum(DELIVERY_STATUSES).optional().openapi({ description: "Only deliveries with this status" }),
  event_type: z
    .enum(SUBSCRIBABLE_TYPES as [SubscribableType, ...SubscribableType[]])
    .optional()
    .openapi({ description: "Only events of this type" }),
});

export default operation({
  id: "listWebhookDeliveries",
  summary: "List deliveries for a webhook",
  description: "Newest event first. Kept for 30 days.",
  params: WebhookPath,
  query: Query,
  response: Page,
  problems: [webhookNotFound],
  handle: ({ ctx, params, query }) => listDeliveries(ctx, params.id, query),
});

export async function listDeliveries(
  ctx: Ctx,
  webhookId: string,
  query: z.output<typeof Query>,
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  await loadWebhook(ctx, webhookId);
  const params = new Params();
  const list = listStatement(params, {
    select: `SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries${query.status === "dead" ? " INDEXED BY idx_webhook_deliveries_dead" : ""}`,
    where: [
      "org_id = ?1",
      `webhook_id = ${params.of(webhookId)}`,
      // Written out, so that its index serves.
      query.status === "dead" ? "status = 'dead'" : query.status && `status = ${params.of(query.status)}`,
      query.event_type && `event_type = ${params.of(query.event_type)}`,
      cursor && `id < ${params.of(cursor.id)}`,
    ],
    order: ["id"],
    limit: query.limit,
  });
  const rows = await ctx.db.query<DeliveryRow>(list.sql, ...list.params);
  return toPage(rows, query.limit, ({ id }) => ({ at: timeOfId(id), id }), toDelivery);
}
