import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { SUBSCRIBABLE_TYPES, type SubscribableType } from "../../domain/event";
import { operation } from "../../domain/operation";
import { deliveryIdOf, payloadOf } from "../../domain/webhook";
import { openEndpoint } from "./endpoint";
import { exampleOf } from "./event-types";
import { type DeliveryRow, toDelivery, WebhookDelivery, WebhookPath } from "./model";
import { postTo } from "./post";
import { webhookNotFound } from "./problems";
import { countManualSend, loadWebhook } from "./store";

const Body = z
  .strictObject({
    event_type: z
      .enum(SUBSCRIBABLE_TYPES as [SubscribableType, ...SubscribableType[]])
      .optional()
      .openapi({ description: "By default the first that the webhook subscribes to" }),
  })
  .openapi("TestWebhook");

export default operation({
  id: "testWebhook",
  summary: "Send a test event to the webhook",
  description:
    "Sends the example of `GET /api/webhooks/events` once, also while the webhook is switched off, and answers with what came back. It counts neither as a failure nor as a success of the webhook.",
  params: WebhookPath,
  body: Body,
  examples: { "A message": { event_type: "message.received" } },
  response: WebhookDelivery,
  problems: [webhookNotFound],
  handle: ({ ctx, params, body }) => testWebhook(ctx, params.id, body.event_type),
});

export async function testWebhook(ctx: Ctx, id: string, asked?: SubscribableType): Promise<WebhookDelivery> {
  const webhook = await loadWebhook(ctx, id);
  await countManualSend(ctx);
  const type = asked ?? (JSON.parse(webhook.events) as SubscribableType[])[0]!;
  const [now, data] = [ctx.now(), exampleOf(type)];
  const sent = {
    id: deliveryIdOf(id, ctx.newId(), now, 0),
    body: payloadOf(type, now, data, () => data),
  };
  const answer = await postTo(await openEndpoint(ctx, webhook), sent, ctx.config);
  const row: DeliveryRow = {
    ...sent,
    webhook_id: id,
    event_type: type,
    status: answer.isSuccess ? "success" : "failed",
    attempt: 1,
    is_test: 1,
    next_at: null,
    http_status: answer.httpStatus,
    response_body: answer.body,
    error_message: answer.error,
    duration_ms: answer.durationMs,
    completed_at: ctx.now(),
  };
  await ctx.db
    .sql(
      `INSERT INTO webhook_deliveries (org_id, webhook_id, id, event_type, entity_id, body, is_test, status, attempt, http_status, response_body, error_message, duration_ms, completed_at)
       SELECT ?1, w.id, ?3, ?4, '', ?5, 1, ?6, 1, ?7, ?8, ?9, ?10, ?11 FROM webhooks w WHERE w.org_id = ?1 AND w.id = ?2`,
      id,
      row.id,
      type,
      row.body,
      row.status,
      row.http_status,
      row.response_body,
      row.error_message,
      row.duration_ms,
      row.completed_at,
    )
    .run();
  return toDelivery(row);
}
