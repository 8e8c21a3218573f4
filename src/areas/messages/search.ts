import { z } from "@hono/zod-openapi";
import { CHANNELS, MESSAGE_TYPES } from "../../channels/channel";
import { type Ctx, visibilityOf } from "../../domain/context";
import { OBJECT_ID_PATTERN } from "../../kit/id";
import { operation } from "../../domain/operation";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { matchWords } from "../../kit/full-text";
import { visibleSql } from "../conversations/filter";
import { snippetOf } from "./snippet";
import { FIRST_ROWID, ROWIDS_PER_ORG, secondOf, textRowid } from "./text-rowid";

const MessageHit = z
  .object({
    message_id: z.string(),
    conversation_id: z.uuid(),
    contact_id: z.uuid(),
    contact_name: z.string().nullable(),
    contact_channel: z.enum(CHANNELS),
    direction: z.enum(["inbound", "outbound"]),
    type: z.enum(MESSAGE_TYPES),
    snippet: z.string().openapi({ description: "Plain text around the match, which is enclosed in « and »" }),
    created_at: z.iso.datetime(),
  })
  .openapi("MessageHit");
const Page = pageOf(MessageHit).openapi("MessageHitPage");

const searchQuery = z.object({
  ...pageQuery,
  q: z.string().trim().min(1).max(200).openapi({
    description:
      "Search words, whatever their case and accents; all of them must occur. In scripts without spaces, and Korean, any part of a text",
  }),
  conversation_id: z.uuid().optional().openapi({ description: "Only messages of this conversation" }),
});

export default operation({
  id: "searchMessages",
  summary: "Search messages across conversations",
  description:
    "Full-text search in texts, captions, subjects and file names, in conversations that the caller may see. Newest first.",
  query: searchQuery,
  response: Page,
  handle: ({ ctx, query }) => searchMessages(ctx, query),
});

interface HitRow {
  id: string;
  conversation_id: string;
  contact_id: string;
  contact_name: string | null;
  channel: (typeof CHANNELS)[number];
  direction: "inbound" | "outbound";
  type: (typeof MESSAGE_TYPES)[number];
  body: string;
  created_at: number;
}

/**
 * FTS5 returns the newest message first within the tenant's range of rowids, and stops when the page is full. Messages
 * that the caller may not see are skipped by their conversation's row.
 */
export async function searchMessages(ctx: Ctx, query: z.output<typeof searchQuery>): Promise<z.infer<typeof Page>> {
  const words = matchWords(query.q);
  const cursor = decodeCursor(query.cursor, OBJECT_ID_PATTERN);
  if (words === undefined) return { data: [], has_more: false, next_cursor: null };
  const match = query.conversation_id
    ? `terms : (${words}) AND conversation : "c${query.conversation_id.replaceAll("-", "")}"`
    : words;
  const params = new Params();
  // The row may be at another place of its second (collision). If it was deleted, the preferred one stands in for it.
  // D1 binds numbers as floats, which are too coarse for a rowid.
  const rowidAt = (relative: number): string => `${FIRST_ROWID} + CAST(${params.of(relative)} AS INTEGER)`;
  const first = rowidAt(cursor ? textRowid(cursor.id) : ROWIDS_PER_ORG);
  const second = cursor && secondOf(cursor.id);
  const end = second
    ? `coalesce((SELECT t.rowid FROM texts t WHERE t.rowid >= ${rowidAt(second.from)} AND t.rowid < ${rowidAt(second.to)} AND t.id = ${params.of(cursor!.id)}), ${first})`
    : first;
  const list = listStatement(params, {
    select: `SELECT m.id, m.conversation_id, c.contact_id, c.contact_name, c.channel, m.direction, m.type, m.body, m.created_at
      FROM texts_fts f JOIN texts m ON m.rowid = f.rowid JOIN conversations c ON c.id = m.conversation_id`,
    where: [
      `texts_fts MATCH ${params.of(match)}`,
      `f.rowid >= ${FIRST_ROWID} AND f.rowid < ${end}`,
      "m.org_id = ?1",
      query.conversation_id && `m.conversation_id = ${params.of(query.conversation_id)}`,
      visibleSql(visibilityOf(ctx.actor), (value) => params.of(value)),
    ],
    order: ["f.rowid"],
    limit: query.limit,
  });
  const rows = await ctx.db.query<HitRow>(list.sql, ...list.params);
  return toPage(
    rows,
    query.limit,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => toHit(row, query.q),
  );
}

function toHit(row: HitRow, search: string): z.infer<typeof MessageHit> {
  const { id, channel, body, created_at: createdAt, ...rest } = row;
  return {
    message_id: id,
    contact_channel: channel,
    ...rest,
    snippet: snippetOf(body, search),
    created_at: new Date(createdAt).toISOString(),
  };
}
