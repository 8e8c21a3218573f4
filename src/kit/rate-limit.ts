import { HOUR } from "./clock";
import type { PublicCtx } from "./context";
import { tooManyRequests } from "./problem";
import { cleanup } from "./control-sweep";

/**
 * Counts an attempt in fixed windows, for each key of `limits` (key → attempts per window). Throws `too_many_requests`
 * with the time to wait. One round trip.
 */
export async function countTry(ctx: PublicCtx, limits: Record<string, number>, windowMs: number): Promise<void> {
  const now = ctx.now();
  const start = now - (now % windowMs);
  const counted = await ctx.control.batch<{ n: number }>(
    Object.keys(limits).map((key) =>
      ctx.control
        .prepare(
          "INSERT INTO rate_limits (key, window_start, n) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
        )
        .bind(key, start),
    ),
  );
  if (Object.values(limits).some((limit, i) => counted[i]!.results[0]!.n > limit)) {
    throw tooManyRequests("wait before trying again", { retryAfterSeconds: (start + windowMs - now) / 1000 });
  }
}

export const forgetRateLimits = cleanup({
  name: "old_rate_limits",
  database: "control",
  table: "rate_limits",
  key: "key, window_start",
  where: "window_start < ?1",
  keepMs: HOUR,
});
