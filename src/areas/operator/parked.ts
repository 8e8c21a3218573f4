import { z } from "@hono/zod-openapi";
import type { PublicCtx } from "../../kit/context";
import { publicOperation } from "../../domain/operation";

const Parked = z
  .object({
    waiting: z
      .array(
        z.object({
          reason: z.string().openapi({ description: "Why the updates wait" }),
          channel: z.string(),
          account: z.string().nullable().openapi({ description: "The channel's id of the account; null if not known" }),
          rows: z.int().openapi({ description: "Number of updates waiting" }),
          oldest_at: z.iso.datetime().openapi({ description: "Time of the oldest" }),
          last_error: z.string().nullable().openapi({ description: "The last error; null if none" }),
        }),
      )
      .openapi({ description: "Waiting updates by reason, channel and account" }),
    counters: z
      .array(z.object({ name: z.string(), day: z.string(), n: z.int().openapi({ description: "Count" }) }))
      .openapi({ description: "Daily counters of the last 7 days" }),
  })
  .openapi("ParkedUpdates");

export default publicOperation({
  id: "listParkedUpdates",
  summary: "List what is parked",
  description: "Channel updates that wait for a busy conversation, match no account, or have an unknown shape.",
  response: Parked,
  handle: ({ ctx }) => listParked(ctx),
});

export async function listParked(ctx: PublicCtx): Promise<z.infer<typeof Parked>> {
  const since = new Date(ctx.now() - 7 * 86_400_000).toISOString().slice(0, 10);
  const [waiting, counters] = await ctx.control.batch([
    ctx.control.prepare(
      "SELECT reason, channel, account, count(*) AS rows, min(created_at) AS oldest_at, max(last_error) AS last_error FROM parked_updates GROUP BY reason, channel, account ORDER BY oldest_at LIMIT 100",
    ),
    ctx.control.prepare("SELECT name, day, n FROM counters WHERE day >= ? ORDER BY day DESC, name").bind(since),
  ]);
  return {
    waiting: (waiting!.results as { oldest_at: number }[]).map((row) => ({
      ...row,
      oldest_at: new Date(row.oldest_at).toISOString(),
    })) as z.infer<typeof Parked>["waiting"],
    counters: counters!.results as z.infer<typeof Parked>["counters"],
  };
}
