import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../kit/context";
import { logError } from "../../kit/log";
import { operation } from "../../kit/operation";
import { commandConversation } from "./command";

const Expired = z.object({ examined: z.int(), expired: z.int(), failed: z.int(), has_more: z.boolean() }).openapi("ExpiredConversations");
const A_RUN = 200;

export const expire = operation({
  id: "expireConversations",
  tag: "Conversations",
  summary: "Expire stale conversations",
  description: "Needs `conversations.expire`. Resolves what is open although its window for free text has closed, as the cron does every minute.",
  method: "post",
  path: "/api/conversations/expire",
  permission: "conversations.expire",
  response: Expired,
  handle: ({ ctx }) => expireConversations(ctx),
});

export async function expireConversations(ctx: Ctx): Promise<z.infer<typeof Expired>> {
  const now = ctx.now();
  const rows = await ctx.db.query<{ id: string }>(
    `SELECT id FROM conversations INDEXED BY idx_conversations_window
     WHERE status <> 'resolved' AND window_expires_at IS NOT NULL AND window_expires_at <= ?2 AND org_id = ?1 LIMIT ?3`,
    now,
    A_RUN + 1,
  );
  let [expired, failed] = [0, 0];
  for (const { id } of rows.slice(0, A_RUN)) {
    try {
      // The object decides: a message may have come that D1 does not know yet.
      const { conversation } = await commandConversation(ctx, id, { kind: "expire" });
      if (conversation.status === "resolved") expired++;
    } catch (error) {
      logError("expire_failed", error, { conversation_id: id });
      failed++;
    }
  }
  return { examined: Math.min(rows.length, A_RUN), expired, failed, has_more: rows.length > A_RUN };
}
