import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import { matchContacts } from "../../domain/contact-search";
import type { Ctx } from "../../domain/context";
import { listRowidOf, rowidIn } from "../../kit/full-text";
import { orgToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { listStatement, Params, type Statement } from "../../kit/list-statement";
import { type Cursor, decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { SearchText } from "../../kit/search-text";
import { several } from "../../kit/several";
import { tagKey } from "../../domain/tag";
import { taggedSql } from "../conversations/filter";
import { anyOf, idToken, tagToken } from "../conversations/search";
import { Contact, CONTACT_COLUMNS, type ContactRow, toContact } from "./model";

const Page = pageOf(Contact).openapi("ContactPage");
const contactQuery = z.object({
  ...pageQuery,
  channel: several(z.enum(CHANNELS)).openapi({ description: "Only contacts of one of these channels" }),
  account_id: several(z.uuid()).openapi({
    description: "Only contacts with a conversation on one of these integration accounts",
  }),
  tag: several(z.string().trim().min(1).max(50)).openapi({
    description: "Only contacts with all of these tags, ignoring case",
  }),
  q: SearchText.optional().openapi({
    description:
      "Part of the name, username, phone number or email address: at least two characters, or one Han character. A number may be written as in its country",
  }),
});

type ContactQuery = z.output<typeof contactQuery>;

export default operation({
  id: "listContacts",
  summary: "List contacts",
  description: "Sorted by last change, newest first.",
  query: contactQuery,
  response: Page,
  handle: ({ ctx, query }) => listContacts(ctx, query),
});

export async function listContacts(ctx: Ctx, query: ContactQuery): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  const params = new Params();
  const isPlain = query.q === undefined && !query.tag && !query.account_id;
  const statement = isPlain ? listSql(params, query, cursor) : searchSql(ctx, params, query, cursor);
  if (statement === undefined) return { data: [], has_more: false, next_cursor: null };
  const rows = await ctx.db.query<ContactRow>(statement.sql, ...statement.params);
  return toPage(
    rows,
    query.limit,
    (row) => ({ at: row.updated_at, id: row.id }),
    (row) => toContact(ctx, row),
  );
}

/** The index begins with the channel: without a channel the list is a merge of all of them. */
const listSql = (params: Params, query: ContactQuery, cursor: Cursor | undefined): Statement =>
  listStatement(params, {
    select: `SELECT ${CONTACT_COLUMNS} FROM contacts k INDEXED BY idx_contacts_org_id_channel`,
    where: ["k.org_id = ?1", "k.merged_into IS NULL"],
    ranges: (query.channel ?? CHANNELS).map((channel) => `k.channel_source = ${params.of(channel)}`),
    order: ["k.updated_at", "k.id"],
    cursor,
    limit: query.limit,
  });

/** Undefined if the text contains no word, so that no contact can match. */
function searchSql(ctx: Ctx, params: Params, query: ContactQuery, cursor: Cursor | undefined): Statement | undefined {
  const org = orgToken(ctx.orgId);
  const match = query.q === undefined ? undefined : matchContacts(org, query.q);
  if (query.q !== undefined && match === undefined) return undefined;
  const bind = (value: string | number): string => params.of(value);
  const tags = (query.tag ?? []).map(tagKey);
  const words = [
    ...(match === undefined ? [] : [match]),
    ...tags.map((tag) => tagToken(org, tag)),
    ...anyOf(query.account_id?.map((id) => idToken("k", id))),
    ...anyOf(query.channel?.map((channel) => `"_c${channel}"`)),
  ];
  return listStatement(params, {
    select: `SELECT ${CONTACT_COLUMNS} FROM contact_search f CROSS JOIN contacts k ON k.rowid = ${rowidIn("f.rowid")}`,
    where: [
      "k.org_id = ?1",
      "k.merged_into IS NULL",
      ...tags.map((tag) => taggedSql(tag, bind, "k.")),
      `contact_search MATCH ${bind(words.join(" AND "))}`,
      cursor && `f.rowid < ${listRowidOf("contacts", cursor, bind)}`,
    ],
    order: ["f.rowid"],
    limit: query.limit,
  });
}
