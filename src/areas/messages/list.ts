import { z } from "@hono/zod-openapi";
import { Message } from "../../domain/conversation/schema";
import { conversationOf } from "../../objects";
import { type Ctx, visibilityOf } from "../../domain/context";
import { OBJECT_ID_PATTERN } from "../../kit/id";
import { operation } from "../../domain/operation";
import { pageQuery } from "../../kit/page";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";

const MessageListResponse = z
  .object({
    messages: z.array(Message),
    has_more: z.boolean(),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: "Cursor of the page with older messages; null on the last page" }),
  })
  .openapi("MessageListResponse");

export default operation({
  id: "listMessages",
  summary: "List messages in a conversation",
  description: "The first page has the newest messages; within a page, messages are sorted from oldest to newest.",
  params: ConversationPath,
  query: z.object({
    limit: pageQuery.limit,
    cursor: z
      .string()
      .regex(OBJECT_ID_PATTERN, "must be a value issued by this API")
      .optional()
      .openapi({ description: "`next_cursor` of the previous page; omit it for the latest messages" }),
  }),
  response: MessageListResponse,
  problems: [conversationNotFound],
  handle: ({ ctx, params, query }) => listMessages(ctx, params.id, query.cursor, query.limit),
});

export async function listMessages(
  ctx: Ctx,
  conversationId: string,
  before: string | undefined,
  limit: number,
): Promise<Response> {
  const page = await conversationOf(ctx, conversationId).messages(visibilityOf(ctx.actor), before, limit);
  if (page === undefined) throw conversationNotFound();
  return new Response(page, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}
