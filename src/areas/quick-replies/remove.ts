import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { QuickReplyPath } from "./model";
import { quickReplyNotFound } from "./problems";
import { loadQuickReply } from "./store";

const Removed = z.object({ message: z.string(), quick_reply_id: z.uuid() });

export default operation({
  id: "deleteQuickReply",
  summary: "Delete a quick reply",
  description: "Also deletes its usage counts and all agents' favorites; messages sent with it stay.",
  params: QuickReplyPath,
  response: Removed,
  problems: [quickReplyNotFound],
  handle: ({ ctx, params }) => removeQuickReply(ctx, params.id),
});

export async function removeQuickReply(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const { title, content, shortcut, category } = await loadQuickReply(ctx, id);
  const gone = Object.entries({ title, content, shortcut, category }).flatMap(([field, value]) =>
    value === null ? [] : [[field, [value, null]]],
  );
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "DELETE FROM quick_reply_agents INDEXED BY idx_quick_reply_agents_org_id_reply WHERE org_id = ?1 AND reply = (SELECT rowid FROM quick_replies WHERE org_id = ?1 AND id = ?2)",
        id,
      ),
      ctx.db.sql("DELETE FROM quick_replies WHERE org_id = ?1 AND id = ?2", id),
    ],
    events: [happened("quick_reply.deleted", id, Object.fromEntries(gone))],
    mustChange: true,
  });
  return { message: "quick reply deleted", quick_reply_id: id };
}
