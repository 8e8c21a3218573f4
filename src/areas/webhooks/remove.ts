import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { allGone, commit } from "../../kit/commit";
import { forgetSettings } from "../access/settings-of";
import { WebhookPath } from "./model";
import { webhookNotFound } from "./problems";
import { loadWebhook } from "./store";

const Removed = z.object({ message: z.string(), webhook_id: z.uuid() });

export default operation({
  id: "deleteWebhook",
  summary: "Delete an outgoing webhook",
  description: "Also deletes its deliveries; what waits is not sent.",
  params: WebhookPath,
  response: Removed,
  problems: [webhookNotFound],
  handle: ({ ctx, params }) => removeWebhook(ctx, params.id),
});

export async function removeWebhook(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const { name, url, events } = await loadWebhook(ctx, id);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "INSERT OR IGNORE INTO deleted_webhooks (id, org_id) SELECT w.id, ?1 FROM webhooks w WHERE w.org_id = ?1 AND w.id = ?2",
        id,
      ),
      ctx.db.sql("DELETE FROM webhooks WHERE org_id = ?1 AND id = ?2", id),
    ],
    events: [happened("webhook.deleted", id, allGone({ name, url, events: JSON.parse(events) as string[] }))],
    mustChange: () => webhookNotFound(),
  });
  forgetSettings();
  return { message: "webhook deleted", webhook_id: id };
}
