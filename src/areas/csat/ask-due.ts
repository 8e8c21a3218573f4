import type { Ctx } from "../../domain/context";
import { HOUR, MINUTE } from "../../kit/clock";
import { doEach } from "../../kit/sweep";
import { Problem } from "../../kit/problem";
import { getConversation } from "../conversations/get";
import { requestSurvey } from "./request";

const LEASE_MS = 5 * MINUTE;
/** Later, nobody knows what the question is about. */
const GIVE_UP_AFTER_MS = HOUR;
const AT_ONCE = 10;

interface AskRow {
  conversation_id: string;
  cycle: number;
  resolved_at: number;
}

/** Asks the customers of conversations that were resolved. A survey exists once a cycle, so asking twice does no harm. */
export async function askDue(ctx: Ctx, ids: readonly string[]) {
  const rows = await ctx.db.query<AskRow>(
    `UPDATE csat_asks SET next_at = ?3 + ${LEASE_MS} WHERE org_id = ?1 AND conversation_id IN (SELECT value FROM json_each(?2)) AND next_at <= ?3
     RETURNING conversation_id, cycle, resolved_at`,
    JSON.stringify(ids),
    ctx.now(),
  );
  return doEach(rows, AT_ONCE, (row) => askOnce(ctx, row), {
    event: "survey_delayed",
    ids: ({ conversation_id }) => ({ conversation_id }),
  });
}

async function askOnce(ctx: Ctx, { conversation_id: id, cycle, resolved_at: resolvedAt }: AskRow): Promise<void> {
  if (ctx.now() - resolvedAt <= GIVE_UP_AFTER_MS) {
    try {
      await ask(ctx, id, cycle);
    } catch (error) {
      // It was asked, or erased, meanwhile.
      if (!(error instanceof Problem) || error.kind.status >= 500) throw error;
    }
  }
  await ctx.db.sql("DELETE FROM csat_asks WHERE org_id = ?1 AND conversation_id = ?2 AND cycle = ?3", id, cycle).run();
}

async function ask(ctx: Ctx, id: string, cycle: number): Promise<void> {
  const conversation = await getConversation(ctx, id);
  const { window_expires_at: closesAt } = conversation;
  if (conversation.status !== "resolved" || conversation.cycle !== cycle) return;
  if (closesAt !== null && Date.parse(closesAt) <= ctx.now()) return;
  await requestSurvey(ctx, id);
}
