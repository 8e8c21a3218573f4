import type { StoredConversationRow } from "../../domain/conversation/columns";
import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { windowRulesOf } from "../chat-expiration/rules-of";
import { visibleSql } from "../conversations/filter";
import { ConversationWithContact, rowToConversation } from "../conversations/model";
import { ContactPath, loadContact } from "./model";
import { contactNotFound } from "./problems";

const Page = pageOf(ConversationWithContact);

export default operation({
  id: "listContactConversations",
  summary: "List conversations for a contact",
  description: "Returns the conversations that the caller may see, newest activity first.",
  params: ContactPath,
  query: z.object(pageQuery),
  response: Page,
  problems: [contactNotFound],
  handle: ({ ctx, params, query }) => listContactConversations(ctx, params.id, query.limit, query.cursor),
});

export async function listContactConversations(
  ctx: Ctx,
  contactId: string,
  limit: number,
  cursorText?: string,
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(cursorText);
  await loadContact(ctx, contactId);
  const params: (string | number)[] = [contactId, limit + 1];
  const bind = (value: string | number): string => `?${params.push(value) + 1}`;
  const before = cursor ? `AND (c.updated_at, c.id) < (${bind(cursor.at)}, ${bind(cursor.id)})` : "";
  const rows = await ctx.db.query<StoredConversationRow>(
    `SELECT c.* FROM conversations c INDEXED BY idx_conversations_contact WHERE c.org_id = ?1 AND c.contact_id = ?2 ${before} AND ${visibleSql(visibilityOf(ctx.actor), bind)}
     ORDER BY c.updated_at DESC, c.id DESC LIMIT ?3`,
    ...params,
  );
  return toPage(
    rows,
    limit,
    (row) => ({ at: row.updated_at, id: row.id }),
    rowToConversation(await windowRulesOf(ctx.env, ctx.org, ctx.cost)),
  );
}
