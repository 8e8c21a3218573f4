import { happened } from "../../domain/event";
import type { z } from "@hono/zod-openapi";
import { changeRow } from "../../kit/change-row";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { categoryKeyOf, QuickReply, QuickReplyPath, toQuickReply, UpdateQuickReply } from "./model";
import { quickReplyNotFound, quickReplyShortcutTaken } from "./problems";
import { loadQuickReply } from "./store";
import { searchTerms } from "./terms";

export default operation({
  id: "updateQuickReply",
  summary: "Update a quick reply",
  description: "Omitted fields stay unchanged; null removes the shortcut or the category.",
  params: QuickReplyPath,
  body: UpdateQuickReply,
  response: QuickReply,
  problems: [changedMeanwhile, quickReplyNotFound, quickReplyShortcutTaken],
  handle: ({ ctx, params, body }) => updateQuickReply(ctx, params.id, body),
});

export async function updateQuickReply(
  ctx: Ctx,
  id: string,
  input: z.output<typeof UpdateQuickReply>,
): Promise<QuickReply> {
  const before = toQuickReply(await loadQuickReply(ctx, id));
  const { title, content, shortcut, category } = before;
  const { after } = await changeRow(ctx, {
    table: "quick_replies",
    id,
    before,
    input,
    columns: (changed) => ({ category_key: categoryKeyOf(changed), terms: searchTerms(changed) }),
    event: (changed) => happened("quick_reply.updated", id, changed),
    // The search terms are computed from all of these.
    decidedBy: { title, content, shortcut, category },
    taken: { column: "quick_replies.shortcut", problem: quickReplyShortcutTaken },
    missing: quickReplyNotFound,
  });
  return after;
}
