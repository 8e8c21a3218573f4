import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { QuickReply, QuickReplyPath, toQuickReply } from "./model";
import { quickReplyNotFound } from "./problems";
import { loadQuickReply } from "./store";

export default operation({
  id: "useQuickReply",
  summary: "Record usage of a quick reply",
  description:
    "Counts one use by the caller. Sending a message does not count as a use, because agents may edit the text before they send it.",
  params: QuickReplyPath,
  response: QuickReply,
  idempotent: "stored",
  problems: [quickReplyNotFound],
  handle: ({ ctx, params }) => recordUse(ctx, params.id),
});

/** Incremented in SQL, so that concurrent uses all count. */
export async function recordUse(ctx: Ctx, id: string): Promise<QuickReply> {
  const agentId = requireWriter(ctx);
  const before = await loadQuickReply(ctx, id);
  const now = ctx.now();
  const after = {
    ...before,
    use_count: before.use_count + 1,
    own_use_count: (before.own_use_count ?? 0) + 1,
    own_last_used_at: now,
  };
  const answer = toQuickReply(after);
  await commit(ctx, {
    write: [
      ctx.db.sql("UPDATE quick_replies SET use_count = use_count + 1 WHERE org_id = ?1 AND id = ?2", id),
      ctx.db.sql(
        `INSERT INTO quick_reply_agents (org_id, agent_id, reply, use_count, last_used_at) SELECT ?1, ?3, rowid, 1, ?4 FROM quick_replies WHERE org_id = ?1 AND id = ?2
         ON CONFLICT DO UPDATE SET use_count = use_count + 1, last_used_at = max(coalesce(last_used_at, 0), excluded.last_used_at)`,
        id,
        agentId,
        now,
      ),
    ],
    answer,
  });
  return answer;
}
