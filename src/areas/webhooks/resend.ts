import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { pathId } from "../../kit/id-path";
import { openEndpoint } from "./endpoint";
import { toDelivery, WebhookDelivery } from "./model";
import { postTo } from "./post";
import { webhookDeliveryNotFound, webhookNotFound } from "./problems";
import { countManualSend, loadDelivery, loadWebhook } from "./store";

const Path = z.object({ id: pathId("webhook"), delivery_id: pathId("delivery") });

export default operation({
  id: "resendWebhookDelivery",
  summary: "Send a delivery again now",
  description:
    "With the same body and `webhook-id`, and a new signature. A success completes the delivery; a failure changes neither its retries nor the webhook's health, and the answer says why it failed.",
  params: Path,
  response: WebhookDelivery,
  problems: [webhookNotFound, webhookDeliveryNotFound],
  handle: ({ ctx, params }) => resendDelivery(ctx, params.id, params.delivery_id),
});

export async function resendDelivery(ctx: Ctx, webhookId: string, id: string): Promise<WebhookDelivery> {
  const webhook = await loadWebhook(ctx, webhookId);
  const row = await loadDelivery(ctx, webhookId, id);
  await countManualSend(ctx);
  const answer = await postTo(await openEndpoint(ctx, webhook), row, ctx.config);
  const outcome = {
    http_status: answer.httpStatus,
    response_body: answer.body,
    error_message: answer.error,
    duration_ms: answer.durationMs,
  };
  if (!answer.isSuccess) return toDelivery({ ...row, ...outcome });
  const done = { ...outcome, status: "success", next_at: null, completed_at: ctx.now() } as const;
  await ctx.db.update("webhook_deliveries", { webhook_id: webhookId, id }, done).run();
  return toDelivery({ ...row, ...done });
}
