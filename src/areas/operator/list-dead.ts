import { z } from "@hono/zod-openapi";
import type { PublicCtx } from "../../kit/context";
import { publicOperation } from "../../domain/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";

const DeadLetter = z
  .object({
    id: z.string(),
    queue: z.string().openapi({ description: "The queue the message came from" }),
    org_id: z.string().nullable().openapi({ description: "The organization it belongs to; null if not known" }),
    body: z.string().openapi({ description: "The message, as JSON" }),
    error: z.string().openapi({ description: "The last error" }),
    attempts: z.int().openapi({ description: "Number of attempts" }),
    created_at: z.iso.datetime(),
    replayed_at: z.iso.datetime().nullable().openapi({ description: "Time of the replay; null if not replayed" }),
  })
  .openapi("DeadLetter");
const Page = pageOf(DeadLetter).openapi("DeadLetterPage");

export default publicOperation({
  id: "listDeadLetters",
  summary: "List dead letters",
  description: "Queue messages that failed all retries, newest first.",
  query: z.object(pageQuery),
  response: Page,
  handle: ({ ctx, query }) => listDeadLetters(ctx, query),
});

interface Row {
  id: string;
  queue: string;
  org_id: string | null;
  body: string;
  error: string;
  attempts: number;
  created_at: number;
  replayed_at: number | null;
}

export async function listDeadLetters(
  ctx: PublicCtx,
  query: { limit: number; cursor?: string | undefined },
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor, /^[\w-]+$/);
  const { results } = await ctx.control
    .prepare("SELECT * FROM dead_letters WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?")
    .bind(cursor?.at ?? Number.MAX_SAFE_INTEGER, cursor?.id ?? "", query.limit + 1)
    .all<Row>();
  return toPage(
    results,
    query.limit,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => ({
      ...row,
      created_at: new Date(row.created_at).toISOString(),
      replayed_at: row.replayed_at === null ? null : new Date(row.replayed_at).toISOString(),
    }),
  );
}
