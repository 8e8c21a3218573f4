import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { logError } from "../../kit/log";
import { operation } from "../../domain/operation";
import { inParallel } from "../../kit/parallel";
import { commandConversation } from "./command";
import { dueWindowsSql } from "./due-windows";

const Expired = z
  .object({
    examined: z.int().openapi({ description: "Conversations checked" }),
    expired: z.int().openapi({ description: "Conversations resolved" }),
    failed: z.int().openapi({ description: "Conversations that could not be processed" }),
    has_more: z.boolean().openapi({ description: "Whether there are more to check; call again" }),
  })
  .openapi("ExpiredConversations");
const MAX_PER_RUN = 200;
const CONCURRENCY = 10;

export default operation({
  id: "expireConversations",
  summary: "Expire stale conversations",
  description:
    "Checks every customer service window that is about to close or has closed, and resolves conversations where the channel's expiration rule says so. A conversation whose customer waits for an answer stays open, unless the rule has `resolve_unanswered`. The same runs every minute by itself.",
  response: Expired,
  handle: ({ ctx }) => expireConversations(ctx),
});

export async function expireConversations(ctx: Ctx): Promise<z.infer<typeof Expired>> {
  const rows = await ctx.db.query<{ id: string }>(
    `${dueWindowsSql("?2", "o.org_id = ?1")} LIMIT ?3`,
    ctx.now(),
    MAX_PER_RUN + 1,
  );
  const ids = [...new Set(rows.slice(0, MAX_PER_RUN).map((row) => row.id))];
  return { examined: ids.length, ...(await checkWindows(ctx, ids)), has_more: rows.length > MAX_PER_RUN };
}

/**
 * Makes conversations check their windows: each updates its window status and resolves itself if its rule requires it.
 * Idempotent. A failure is logged and does not stop the others.
 */
export async function checkWindows(ctx: Ctx, ids: readonly string[]): Promise<{ expired: number; failed: number }> {
  let [expired, failed] = [0, 0];
  await inParallel(ids, CONCURRENCY, async (id) => {
    try {
      // The object decides, since it may have a message that is not projected to D1 yet.
      const { conversation, bookmark } = await commandConversation(ctx, id, { kind: "expire" });
      if (bookmark !== null && conversation.status === "resolved") expired++;
    } catch (error) {
      logError("expire_failed", error, { conversation_id: id });
      failed++;
    }
  });
  return { expired, failed };
}
