import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { QuickReply, QuickReplyPath, toQuickReply } from "./model";
import { quickReplyNotFound } from "./problems";
import { loadQuickReply } from "./store";

export default operation({
  id: "addFavoriteQuickReply",
  summary: "Add quick reply to favorites",
  description: "Affects the caller's own favorites only. Repeating the call changes nothing.",
  params: QuickReplyPath,
  response: QuickReply,
  problems: [quickReplyNotFound],
  handle: ({ ctx, params }) => setFavorite(ctx, params.id, true),
});

/** A private mark of the agent, so the activity log does not record it. */
export async function setFavorite(ctx: Ctx, id: string, isFavorite: boolean): Promise<QuickReply> {
  const agentId = requireWriter(ctx);
  const before = await loadQuickReply(ctx, id);
  await ctx.db
    .sql(
      `INSERT INTO quick_reply_agents (org_id, agent_id, reply, is_favorite) SELECT ?1, ?3, rowid, ?4 FROM quick_replies WHERE org_id = ?1 AND id = ?2
       ON CONFLICT DO UPDATE SET is_favorite = excluded.is_favorite`,
      id,
      agentId,
      Number(isFavorite),
    )
    .run();
  return toQuickReply({ ...before, is_favorite: Number(isFavorite) });
}
