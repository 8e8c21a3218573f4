import type { PublicCtx } from "./context";
import { tooManyRequests } from "./problem";

/** Counts one try in a fixed window. Throws `too_many_requests` with the time to wait. One write. */
export async function countTry(ctx: PublicCtx, key: string, limit: number, windowMs: number): Promise<void> {
  const now = ctx.now();
  const start = now - (now % windowMs);
  const row = await ctx.control
    .prepare("INSERT INTO rate_limits (key, window_start, n) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n")
    .bind(key, start)
    .first<{ n: number }>();
  if (row && row.n > limit) throw tooManyRequests("wait before trying again", { retryAfterSeconds: (start + windowMs - now) / 1000 });
}
