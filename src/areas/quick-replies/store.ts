import type { Ctx } from "../../domain/context";
import type { QuickReplyRow } from "./model";
import { quickReplyNotFound } from "./problems";

/** `q` is the reply, `m` the caller's row of `quick_reply_agents`; the caller's id is bound as ?2. */
export const QUICK_REPLY_COLUMNS = `q.rowid, q.id, q.title, q.content, q.shortcut, q.category, q.created_by, q.use_count, q.created_at, q.updated_at,
  m.use_count AS own_use_count, m.last_used_at AS own_last_used_at, m.is_favorite`;
export const JOIN_CALLERS_ROW =
  "LEFT JOIN quick_reply_agents m ON m.org_id = ?1 AND m.agent_id = ?2 AND m.reply = q.rowid";

export async function loadQuickReply(ctx: Ctx, id: string): Promise<QuickReplyRow> {
  const [row] = await ctx.db.query<QuickReplyRow>(
    `SELECT ${QUICK_REPLY_COLUMNS} FROM quick_replies q ${JOIN_CALLERS_ROW} WHERE q.org_id = ?1 AND q.id = ?3`,
    ctx.actor.id ?? "",
    id,
  );
  if (!row) throw quickReplyNotFound();
  return row;
}
