import { z } from "@hono/zod-openapi";
import { Message } from "../../domain/conversation/schema";
import type { PageAt } from "../../domain/object-apis";
import { conversationOf } from "../../objects";
import { type Ctx, visibilityOf } from "../../domain/context";
import { OBJECT_ID_PATTERN } from "../../kit/id";
import { operation } from "../../domain/operation";
import { pageQuery } from "../../kit/page";
import { malformed } from "../../kit/problem";
import { activityOfConversation, ActivityOfPage } from "../activity-logs/of-conversation";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { messageNotFound } from "./problems";

const MessageListResponse = z
  .object({
    messages: z.array(Message),
    has_more: z.boolean(),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: "Cursor of the page with older messages; null on the last page" }),
    newer_cursor: z
      .string()
      .nullable()
      .openapi({ description: "Value of `after` for the page with newer messages; null if there is none" }),
    activity: ActivityOfPage.optional(),
  })
  .openapi("MessageListResponse");

const Id = z.string().regex(OBJECT_ID_PATTERN, "must be a value issued by this API").optional();

export default operation({
  id: "listMessages",
  summary: "List messages in a conversation",
  description:
    "The first page has the newest messages; within a page, messages are sorted from oldest to newest. `around` opens a place in the thread, such as a search result, from which `cursor` and `after` go on in both directions. At most one of the three is given.",
  params: ConversationPath,
  query: z.object({
    limit: pageQuery.limit,
    cursor: Id.openapi({ description: "`next_cursor` of the previous page; omit it for the latest messages" }),
    after: Id.openapi({ description: "`newer_cursor` of a page: the messages after it" }),
    around: Id.openapi({
      description: "Id of a message: the page has it in its middle, if there are as many on both sides",
    }),
    activity: z
      .enum(["true", "false"])
      .optional()
      .openapi({ description: "`true`: with what was done with the conversation" }),
  }),
  response: MessageListResponse,
  problems: [conversationNotFound, messageNotFound],
  handle: ({ ctx, params, query: { cursor: before, after, around, limit, activity } }) =>
    listMessages(ctx, params.id, { before, after, around }, limit, activity === "true"),
});

export async function listMessages(
  ctx: Ctx,
  conversationId: string,
  at: PageAt,
  limit: number,
  withActivity: boolean,
): Promise<Response> {
  if (Object.values(at).filter((id) => id !== undefined).length > 1)
    throw malformed("at most one of cursor, after and around");
  const page = await conversationOf(ctx, conversationId).messages(visibilityOf(ctx.actor), at, limit);
  if (page === undefined) throw conversationNotFound();
  if (page === null) throw messageNotFound();
  const text = withActivity ? await withActivityOf(ctx, conversationId, at, page) : page;
  return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}

const CURSORS = /"next_cursor":(?:"(\w{24})"|null),"newer_cursor":(?:"(\w{24})"|null)\}$/;

/**
 * The time of a page reaches to those beside it: it begins with its first message, unless that is the conversation's
 * first, and ends where the page begins from which it was asked for. So nothing is in two pages, and nothing in none.
 */
async function withActivityOf(ctx: Ctx, conversationId: string, at: PageAt, page: string): Promise<string> {
  const [, next, newer] = CURSORS.exec(page) ?? [];
  const first = at.after ?? next;
  const end = at.before ?? newer;
  const activity = await activityOfConversation(ctx, conversationId, first, end);
  return `${page.slice(0, -1)},"activity":${JSON.stringify(activity)}}`;
}
