import type { z } from "@hono/zod-openapi";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../kit/operation";
import { QuickReply, QuickReplyPath, toQuickReply, UpdateQuickReply } from "./model";
import { quickReplyNotFound, quickReplyShortcutTaken } from "./problems";
import { loadQuickReply } from "./store";

export const update = operation({
  id: "updateQuickReply",
  tag: "Quick Replies",
  summary: "Update a quick reply",
  description: "Only what is given changes; null takes shortcut or category away.",
  method: "patch",
  path: "/api/quick-replies/{id}",
  permission: "quick_replies.manage",
  params: QuickReplyPath,
  body: UpdateQuickReply,
  response: QuickReply,
  problems: [quickReplyNotFound, quickReplyShortcutTaken],
  handle: ({ ctx, params, body }) => updateQuickReply(ctx, params.id, body),
});

export async function updateQuickReply(ctx: Ctx, id: string, input: z.output<typeof UpdateQuickReply>): Promise<QuickReply> {
  const before = await loadQuickReply(ctx, id);
  const changes = changesBetween({ title: before.title, content: before.content, shortcut: before.shortcut, category: before.category }, input);
  if (Object.keys(changes).length === 0) return toQuickReply(before);
  const changed = Object.entries(changes).map(([field, [, value]]): [string, string | null] => [field, value as string | null]);
  const after = { ...before, ...Object.fromEntries(changed), updated_at: ctx.now() };
  try {
    const [written] = await commit(ctx, {
      write: [
        ctx.db.sql(
          // Only what changes: a colleague may change another field at the same time.
          `UPDATE quick_replies SET updated_at = ?3, ${changed.map(([field], i) => `${field} = ?${i + 4}`).join(", ")} WHERE org_id = ?1 AND id = ?2`,
          id,
          after.updated_at,
          ...changed.map(([, value]) => value),
        ),
      ],
      activity: { action: "quick_reply.update", entityType: "quick_reply", entityId: id, changes },
    });
    if (written!.meta.changes === 0) throw quickReplyNotFound();
  } catch (error) {
    if (isUniqueViolation(error, "quick_replies.shortcut")) throw quickReplyShortcutTaken();
    throw error;
  }
  return toQuickReply(after);
}
