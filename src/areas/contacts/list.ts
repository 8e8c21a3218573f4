import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../kit/context";
import { orgToken } from "../../kit/id";
import { operation } from "../../kit/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { Contact, CONTACT_COLUMNS, type ContactRow, toContact } from "./model";
import { matchPrefixes } from "./terms";

const Page = pageOf(Contact).openapi("ContactPage");
const contactQuery = z.object({
  ...pageQuery,
  channel: z.enum(CHANNELS).optional().openapi({ description: "Only contacts of this channel" }),
  q: z.string().trim().min(2).max(100).optional().openapi({ description: "Part of the name, username, phone number or email address" }),
});

export const list = operation({
  id: "listContacts",
  tag: "Contacts",
  summary: "List contacts",
  description: "Sorted by last change, newest first.",
  method: "get",
  path: "/api/contacts",
  permission: "contacts.view",
  query: contactQuery,
  response: Page,
  handle: ({ ctx, query }) => listContacts(ctx, query),
});

export async function listContacts(ctx: Ctx, query: z.output<typeof contactQuery>): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  const params: (string | number)[] = [];
  const bind = (value: string | number): string => `?${params.push(value) + 1}`;
  let from = "contacts k";
  const where = ["k.org_id = ?1"];
  if (query.q !== undefined) {
    const match = matchPrefixes(orgToken(ctx.orgId), "search_terms", query.q);
    if (match === undefined) return { data: [], has_more: false, next_cursor: null };
    from = "contacts_fts f JOIN contacts k ON k.rowid = f.rowid";
    where.push(`contacts_fts MATCH ${bind(match)}`);
  }
  if (query.channel) where.push(`k.channel_source = ${bind(query.channel)}`);
  if (cursor) where.push(`(k.updated_at, k.id) < (${bind(cursor.at)}, ${bind(cursor.id)})`);
  const rows = await ctx.db.query<ContactRow>(
    `SELECT ${CONTACT_COLUMNS} FROM ${from} WHERE ${where.join(" AND ")} ORDER BY k.updated_at DESC, k.id DESC LIMIT ${bind(query.limit + 1)}`,
    ...params,
  );
  return toPage(rows, query.limit, (row) => ({ at: row.updated_at, id: row.id }), toContact);
}
