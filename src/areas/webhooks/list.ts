import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { OutgoingWebhook, toWebhook, type WebhookRow } from "./model";

export default operation({
  id: "listWebhooks",
  summary: "List outgoing webhooks",
  description: "All of them, newest first; an organization has at most 100.",
  response: z.array(OutgoingWebhook),
  handle: ({ ctx }) => listWebhooks(ctx),
});

export async function listWebhooks(ctx: Ctx): Promise<OutgoingWebhook[]> {
  const rows = await ctx.db.query<WebhookRow>(
    "SELECT * FROM webhooks WHERE org_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 100",
  );
  return rows.map((row) => toWebhook(row, ctx.now()));
}
