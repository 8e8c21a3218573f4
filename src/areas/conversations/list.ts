import type { z } from "@hono/zod-openapi";
import type { StoredConversationRow } from "../../domain/conversation/columns";
import { matchContacts } from "../../domain/contact-search";
import { type Ctx, visibilityOf } from "../../domain/context";
import { orgToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { type Cursor, decodeCursor, pageOf, toPage } from "../../kit/page";
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
  const windows = await windowRulesOf(ctx.env, ctx.org, ctx.cost);
  const rows = await findConversations(ctx, query, query.limit, decodeCursor(query.cursor));
  return toPage(rows, query.limit, (row) => ({ at: row.updated_at, id: row.id }), rowToConversation(windows));
}

/** The rows of a page, and one more if there is another page. */
export async function findConversations(
  ctx: Ctx,
  query: Omit<z.output<typeof conversationQuery>, "limit" | "cursor">,
  limit: number,
  cursor: Cursor | undefined,
): Promise<StoredConversationRow[]> {
  const filter = filterOf(query, ctx.actor);
  const visibility = visibilityOf(ctx.actor);
  const org = orgToken(ctx.orgId);
  const match = query.q === undefined ? undefined : matchContacts(org, query.q);
  if (query.q !== undefined && match === undefined) return [];
  const { sql, params } =
    match === undefined && (filter.tags?.length ?? 0) <= 1 && !filter.account
      ? listStatement(filter, visibility, limit, cursor)
      : searchStatement(org, match, filter, visibility, limit, cursor);
  return ctx.db.query<StoredConversationRow>(sql, ...params);
}
