import type { StoredConversationRow } from "../../domain/conversation/columns";
import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { windowRulesOf } from "../access/settings-of";
import { visibleSql } from "../conversations/filter";
import { ConversationWithContact, rowToConversation } from "../conversations/model";
import { ContactPath, loadContact, personSql } from "./model";
import { contactNotFound } from "./problems";

const Page = pageOf(ConversationWithContact);

export default operation({
  id: "listContactConversations",
  summary: "List conversations for a contact",
  description:
    "Returns the conversations that the caller may see, newest activity first, with those of contacts that are merged into this one.",
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
  const params = new Params();
  const list = listStatement(params, {
    select: "SELECT c.* FROM conversations c INDEXED BY idx_conversations_contact",
    where: [
      "c.org_id = ?1",
      `c.contact_id IN (${personSql(params.of(contactId))})`,
      visibleSql(visibilityOf(ctx.actor), (value) => params.of(value)),
    ],
    order: ["c.updated_at", "c.id"],
    cursor,
    limit,
  });
  const rows = await ctx.db.query<StoredConversationRow>(list.sql, ...list.params);
  return toPage(
    rows,
    limit,
    (row) => ({ at: row.updated_at, id: row.id }),
    rowToConversation(await windowRulesOf(ctx.env, ctx.org, ctx.cost)),
  );
}
