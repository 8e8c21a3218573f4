import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { several } from "../../kit/several";
import { getConversation } from "../conversations/get";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { SCHEDULE_STATUSES, SCHEDULED_COLUMNS, ScheduledMessage, type ScheduledRow, toScheduledMessage } from "./model";

const Page = pageOf(ScheduledMessage).openapi("ScheduledMessagePage");
const scheduleQuery = z.object({
  ...pageQuery,
  status: several(z.enum(SCHEDULE_STATUSES)).openapi({ description: "Only messages with one of these statuses" }),
});

export default operation({
  id: "listScheduledMessages",
  summary: "List scheduled messages for a conversation",
  description: "Sorted by scheduled time, latest first.",
  params: ConversationPath,
  query: scheduleQuery,
  response: Page,
  problems: [conversationNotFound],
  handle: ({ ctx, params, query }) => listScheduledMessages(ctx, params.id, query),
});

export async function listScheduledMessages(
  ctx: Ctx,
  conversationId: string,
  query: z.output<typeof scheduleQuery>,
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  await getConversation(ctx, conversationId);
  const params = new Params();
  const list = listStatement(params, {
    select: `SELECT ${SCHEDULED_COLUMNS} FROM scheduled_messages s INDEXED BY idx_scheduled_messages_conversation${query.status ? "_status" : ""}`,
    where: ["s.org_id = ?1", `s.conversation_id = ${params.of(conversationId)}`],
    ranges: query.status?.map((status) => `s.status = ${params.of(status)}`),
    order: ["s.scheduled_at", "s.id"],
    cursor,
    limit: query.limit,
  });
  const rows = await ctx.db.query<ScheduledRow>(list.sql, ...list.params);
  return toPage(rows, query.limit, (row) => ({ at: row.scheduled_at, id: row.id }), toScheduledMessage);
}
