import { happened } from "../../domain/event";
import type { z } from "@hono/zod-openapi";
import { changesBetween, commit, newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../domain/operation";
import { QuickReply, QuickReplyPath, toQuickReply, UpdateQuickReply } from "./model";
import { quickReplyNotFound, quickReplyShortcutTaken } from "./problems";
import { loadQuickReply } from "./store";

export default operation({
  id: "updateQuickReply",
  summary: "Update a quick reply",
  description: "Omitted fields stay unchanged; null removes the shortcut or the category.",
  params: QuickReplyPath,
  body: UpdateQuickReply,
  response: QuickReply,
  problems: [quickReplyNotFound, quickReplyShortcutTaken],
  handle: ({ ctx, params, body }) => updateQuickReply(ctx, params.id, body),
});

export async function updateQuickReply(
  ctx: Ctx,
  id: string,
  input: z.output<typeof UpdateQuickReply>,
): Promise<QuickReply> {
  const before = await loadQuickReply(ctx, id);
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return toQuickReply(before);
  const changed = { ...newValues(changes), updated_at: ctx.now() };
  await commit(ctx, {
    write: [ctx.db.update("quick_replies", { id }, changed)],
    events: [happened("quick_reply.updated", id, changes)],
    mustChange: true,
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "quick_replies.shortcut") ? quickReplyShortcutTaken() : error;
  });
  return toQuickReply({ ...before, ...changed });
}
