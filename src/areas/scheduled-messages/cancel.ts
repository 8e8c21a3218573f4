import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import { type Ctx, visibilityOf } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { operation } from "../../domain/operation";
import { visibleSql } from "../conversations/filter";
import { SCHEDULED_COLUMNS, ScheduledMessage, type ScheduledRow, toScheduledMessage } from "./model";
import { scheduledMessageNotFound, scheduledMessageNotPending } from "./problems";

export default operation({
  id: "cancelScheduledMessage",
  summary: "Cancel a scheduled message",
  description:
    "Any caller who may see the conversation may cancel, only while the message is `pending`. It stays in the list as `cancelled`.",
  params: idPath("scheduled message"),
  response: ScheduledMessage,
  problems: [scheduledMessageNotFound, scheduledMessageNotPending],
  handle: ({ ctx, params }) => cancelScheduledMessage(ctx, params.id),
});

export async function cancelScheduledMessage(ctx: Ctx, id: string): Promise<ScheduledMessage> {
  const params: string[] = [id];
  const [row] = await ctx.db.query<ScheduledRow>(
    `SELECT ${SCHEDULED_COLUMNS} FROM scheduled_messages s JOIN conversations c ON c.id = s.conversation_id AND c.org_id = s.org_id
     WHERE s.org_id = ?1 AND s.id = ?2 AND ${visibleSql(visibilityOf(ctx.actor), (value) => `?${params.push(value) + 1}`)}`,
    ...params,
  );
  if (!row) throw scheduledMessageNotFound();
  if (row.status !== "pending") throw scheduledMessageNotPending(`the message is ${row.status}`);
  await commit(ctx, {
    // Guarded, because the cron may claim the message concurrently.
    write: [
      ctx.db.sql(
        "UPDATE scheduled_messages SET status = 'cancelled', next_at = NULL WHERE org_id = ?1 AND id = ?2 AND status = 'pending'",
        id,
      ),
    ],
    events: [happened("scheduled_message.cancelled", id, { status: ["pending", "cancelled"] })],
    mustChange: () => scheduledMessageNotPending("the message is being sent"),
  });
  return toScheduledMessage({ ...row, status: "cancelled" });
}
