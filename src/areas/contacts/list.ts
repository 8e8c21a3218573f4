import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { matchOwnPrefixes, listRowidOf, rowidIn } from "../../kit/full-text";
import { orgToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { Contact, CONTACT_COLUMNS, type ContactRow, toContact } from "./model";

const Page = pageOf(Contact).openapi("ContactPage");
const contactQuery = z.object({
  ...pageQuery,
  channel: z.enum(CHANNELS).optional().openapi({ description: "Only contacts of this channel" }),
  q: z
    .string()
    .trim()
    .min(2)
    .max(100)
    .optional()
    .openapi({ description: "Part of the name, username, phone number or email address" }),
});

export default operation({
  id: "listContacts",
  summary: "List contacts",
  description: "Sorted by last change, newest first.",
  query: contactQuery,
  response: Page,
  handle: ({ ctx, query }) => listContacts(ctx, query),
});

export async function listContacts(ctx: Ctx, query: z.output<typeof contactQuery>): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  const params: (string | number)[] = [];
  const bind = (value: string | number): string => `?${params.push(value) + 1}`;
  const where = ["k.org_id = ?1"];
  let [from, order] = ["contacts k", "k.updated_at DESC, k.id DESC"];
  if (query.q !== undefined) {
    const match = matchOwnPrefixes(orgToken(ctx.orgId), query.q);
    if (match === undefined) return { data: [], has_more: false, next_cursor: null };
    [from, order] = [`contact_search f CROSS JOIN contacts k ON k.rowid = ${rowidIn("f.rowid")}`, "f.rowid DESC"];
    where.push(`contact_search MATCH ${bind(query.channel ? `${match} AND "_c${query.channel}"` : match)}`);
    if (cursor) where.push(`f.rowid < ${listRowidOf("contacts", cursor, bind)}`);
  } else {
    if (query.channel) where.push(`k.channel_source = ${bind(query.channel)}`);
    if (cursor) where.push(`(k.updated_at, k.id) < (${bind(cursor.at)}, ${bind(cursor.id)})`);
  }
  const rows = await ctx.db.query<ContactRow>(
    `SELECT ${CONTACT_COLUMNS} FROM ${from} WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT ${bind(query.limit + 1)}`,
    ...params,
  );
  return toPage(rows, query.limit, (row) => ({ at: row.updated_at, id: row.id }), toContact);
}
