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
const A_RUN = 200;
const AT_ONCE = 10;

export default operation({
  id: "expireConversations",
  summary: "Expire stale conversations",
  description:
    "Checks every customer service window that is about to close or has closed, and resolves conversations where the channel's expiration rule says so. The same runs every minute by itself.",
  response: Expired,
  handle: ({ ctx }) => expireConversations(ctx),
});

export async function expireConversations(ctx: Ctx): Promise<z.infer<typeof Expired>> {
  const rows = await ctx.db.query<{ id: string }>(
    `${dueWindowsSql("?2", "o.org_id = ?1")} LIMIT ?3`,
    ctx.now(),
    A_RUN + 1,
  );
  const ids = [...new Set(rows.slice(0, A_RUN).map((row) => row.id))];
  return { examined: ids.length, ...(await lookAtWindows(ctx, ids)), has_more: rows.length > A_RUN };
}

/** Has conversations look at their windows: each warns, says that it is closed, or resolves. Doing it twice changes nothing. */
export async function lookAtWindows(ctx: Ctx, ids: readonly string[]): Promise<{ expired: number; failed: number }> {
  let [expired, failed] = [0, 0];
  await inParallel(ids, AT_ONCE, async (id) => {
    try {
      // The object decides: a message may have come that D1 does not know yet.
      const { conversation, bookmark } = await commandConversation(ctx, id, { kind: "expire" });
      if (bookmark !== null && conversation.window_status === "expired") expired++;
    } catch (error) {
      logError("expire_failed", error, { conversation_id: id });
      failed++;
    }
  });
  return { expired, failed };
}
