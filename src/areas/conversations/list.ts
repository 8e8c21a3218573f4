import type { z } from "@hono/zod-openapi";
import type { StoredConversationRow } from "../../domain/conversation/columns";
import { matchContacts } from "../../domain/contact-search";
import { type Ctx, visibilityOf } from "../../domain/context";
import { orgToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { decodeCursor, pageOf, toPage } from "../../kit/page";
import { windowRulesOf } from "../access/settings-of";
import { listStatement } from "./filter";
import { conversationQuery, ConversationWithContact, filterOf, rowToConversation } from "./model";
import { searchStatement } from "./search";

const Page = pageOf(ConversationWithContact).openapi("ConversationPage");

export default operation({
  id: "listConversations",
  summary: "List conversations",
  description:
    "Without `conversations.view_all`: only conversations that are assigned to the caller, unassigned, or in the caller's divisions. Sorted by activity.",
  query: conversationQuery,
  response: Page,
  handle: ({ ctx, query }) => listConversations(ctx, query),
});

export async function listConversations(
  ctx: Ctx,
  query: z.output<typeof conversationQuery>,
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  const windows = await windowRulesOf(ctx.env, ctx.org, ctx.cost);
  const filter = filterOf(query, ctx.actor);
  const visibility = visibilityOf(ctx.actor);
  const org = orgToken(ctx.orgId);
  const match = query.q === undefined ? undefined : matchContacts(org, query.q);
  if (query.q !== undefined && match === undefined) return { data: [], has_more: false, next_cursor: null };
  const { sql, params } =
    match === undefined && (filter.tags?.length ?? 0) <= 1 && !filter.account
      ? listStatement(filter, visibility, query.limit, cursor)
      : searchStatement(org, match, filter, visibility, query.limit, cursor);
  const rows = await ctx.db.query<StoredConversationRow>(sql, ...params);
  return toPage(rows, query.limit, (row) => ({ at: row.updated_at, id: row.id }), rowToConversation(windows));
}
