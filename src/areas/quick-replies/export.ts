import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { csvLine, neutralized } from "../../kit/csv";
import { operation } from "../../domain/operation";

/** The columns of exported and imported files. */
export const COLUMNS = ["title", "content", "shortcut", "category"] as const;
type Row = Record<(typeof COLUMNS)[number], string | null> & { rowid: number };

const ROWS_PER_READ = 500;
/** Without a byte order mark Excel reads the file in a legacy encoding. */
const BOM = "\uFEFF";

export default operation({
  id: "exportQuickReplies",
  summary: "Export quick replies as CSV",
  description: `Returns all quick replies, oldest first, as RFC 4180 CSV in UTF-8 with a byte order mark; columns ${COLUMNS.join(", ")}. The import takes 10,000 records at a time. A value that a spreadsheet would run as a formula is prefixed with an apostrophe, which the import removes.`,
  response: z.string(),
  contentType: "text/csv",
  handle: async ({ ctx }) => exportQuickReplies(ctx),
});

/** Streams the file, reading ROWS_PER_READ rows at a time. */
export function exportQuickReplies(ctx: Ctx): Response {
  const encoder = new TextEncoder();
  let after: number | undefined;
  const lines = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const rows = await ctx.db.query<Row>(
        `SELECT q.rowid, ${COLUMNS.map((column) => `q.${column}`).join(", ")} FROM quick_replies q INDEXED BY idx_quick_replies_org_id
         WHERE q.org_id = ?1 AND q.rowid > ?2 ORDER BY q.rowid LIMIT ?3`,
        after ?? 0,
        ROWS_PER_READ,
      );
      const head = after === undefined ? BOM + csvLine(COLUMNS) : "";
      controller.enqueue(
        encoder.encode(
          head + rows.map((row) => csvLine(COLUMNS.map((column) => neutralized(row[column] ?? "")))).join(""),
        ),
      );
      after = rows.at(-1)?.rowid ?? after;
      if (rows.length < ROWS_PER_READ) controller.close();
    },
  });
  return new Response(lines, {
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="quick-replies.csv"',
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}
