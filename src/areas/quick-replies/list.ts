import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { tagKey } from "../../domain/tag";
import { indexedTerms, matchPrefixes, wordsOf } from "../../kit/full-text";
import { orgToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { listStatement, oneOfSql, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { several } from "../../kit/several";
import { QuickReply, type QuickReplyRow, toQuickReply, shortcutKey } from "./model";
import { QUICK_REPLY_COLUMNS, JOIN_CALLERS_ROW } from "./store";

const Page = pageOf(QuickReply).openapi("QuickReplyPage");

const quickReplyQuery = z.object({
  ...pageQuery,
  q: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .openapi({ description: "Prefixes of words in title, content or shortcut; all of them must occur" }),
  category: several(z.string().trim().min(1).max(100)).openapi({ description: "Only these categories, ignoring case" }),
  shortcut: shortcutKey().optional().openapi({ description: "Exact shortcut" }),
  favorite: z.literal("true").optional().openapi({ description: "Only the caller's favorites" }),
});
type QuickReplyQuery = z.output<typeof quickReplyQuery>;

export default operation({
  id: "listQuickReplies",
  summary: "List all quick replies",
  description: "Newest first.",
  query: quickReplyQuery,
  response: Page,
  handle: ({ ctx, query }) => listQuickReplies(ctx, query),
});

/**
 * Each access path is an index that ends with the rowid, so the query stops when the page is full; further filters skip
 * rows.
 */
export async function listQuickReplies(ctx: Ctx, query: QuickReplyQuery): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  const { from, order, isByCategory } = accessPath(query);
  const params = new Params();
  // JOIN_CALLERS_ROW needs the caller as ?2.
  params.of(ctx.actor.id ?? "");
  const where = ["q.org_id = ?1"];
  if (query.q !== undefined) {
    const match = matchPrefixes(orgToken(ctx.orgId), "{title content shortcut}", query.q);
    if (match === undefined) return { data: [], has_more: false, next_cursor: null };
    where.push(`quick_replies_fts MATCH ${params.of([match, ...categoryWords(query.category)].join(" AND "))}`);
  }
  if (query.favorite) where.push("m.org_id = ?1 AND m.agent_id = ?2 AND m.is_favorite = 1");
  const categories = query.category && [...new Set(query.category.map(tagKey))];
  if (categories && !isByCategory) where.push(oneOfSql("q.category_key", categories, (key) => params.of(key)));
  if (query.shortcut !== undefined) where.push(`q.shortcut = ${params.of(query.shortcut)}`);
  const list = listStatement(params, {
    select: `SELECT ${QUICK_REPLY_COLUMNS} FROM ${from}`,
    where,
    ranges: isByCategory ? categories?.map((key) => `q.category_key = ${params.of(key)}`) : undefined,
    order: [order],
    cursor,
    limit: query.limit,
  });
  const rows = await ctx.db.query<QuickReplyRow>(list.sql, ...list.params);
  return toPage(rows, query.limit, (row) => ({ at: row.rowid, id: row.id }), toQuickReply);
}

/**
 * The words of the categories narrow a search inside the index; the exact category is compared afterwards. Empty if a
 * category has no words.
 */
function categoryWords(categories: QuickReplyQuery["category"] = []): string[] {
  const words = categories.map(
    (category) =>
      indexedTerms(category) ??
      wordsOf(category)
        .map(({ text }) => text)
        .join(" "),
  );
  if (words.length === 0 || words.includes("")) return [];
  return [`category : (${words.map((word) => `"${word}"`).join(" OR ")})`];
}

/** Chooses the most selective index; CROSS JOIN fixes the join order in SQLite. */
function accessPath({ favorite, q, shortcut, category }: QuickReplyQuery): {
  from: string;
  order: string;
  isByCategory?: boolean;
} {
  if (favorite) {
    const search = q === undefined ? "" : "CROSS JOIN quick_replies_fts f ON f.rowid = m.reply";
    return {
      from: `quick_reply_agents m INDEXED BY idx_quick_reply_agents_favorites CROSS JOIN quick_replies q ON q.rowid = m.reply ${search}`,
      order: "m.reply",
    };
  }
  if (q !== undefined)
    return {
      from: `quick_replies_fts f CROSS JOIN quick_replies q ON q.rowid = f.rowid ${JOIN_CALLERS_ROW}`,
      order: "f.rowid",
    };
  const isByCategory = shortcut === undefined && category !== undefined;
  const index = shortcut !== undefined ? "_shortcut" : isByCategory ? "_category_key" : "";
  return {
    from: `quick_replies q INDEXED BY idx_quick_replies_org_id${index} ${JOIN_CALLERS_ROW}`,
    order: "q.rowid",
    isByCategory,
  };
}
