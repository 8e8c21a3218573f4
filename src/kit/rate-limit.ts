import { HOUR } from "./clock";
import type { PublicCtx } from "./context";
import { tooManyRequests } from "./problem";
import { cleanup } from "./control-sweep";

/**
 * Counts an attempt in fixed windows, for each key of `limits` (key → attempts per window). Throws `too_many_requests`
 * with the time to wait. One round trip.
 */
export async function countTry(ctx: PublicCtx, limits: Record<string, number>, windowMs: number): Promise<void> {
  const counted = await addInWindow(ctx, new Map(Object.keys(limits).map((key) => [key, 1])), windowMs);
  if (Object.entries(limits).some(([key, limit]) => counted.get(key)! > limit))
    throw tooManyRequests("wait before trying again", { retryAfterSeconds: windowEndsIn(ctx, windowMs) });
}

/** Adds amounts in fixed windows of at most an hour. Returns the sum of each key in the present one. One round trip. */
export async function addInWindow(
  ctx: PublicCtx,
  amounts: ReadonlyMap<string, number>,
  windowMs: number,
): Promise<Map<string, number>> {
  if (amounts.size === 0) return new Map();
  const start = ctx.now() - (ctx.now() % windowMs);
  const results = await ctx.control.batch<{ key: string; n: number }>(
    [...amounts].map(([key, amount]) =>
      ctx.control
        .prepare(
          "INSERT INTO rate_limits (key, window_start, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n RETURNING key, n",
        )
        .bind(key, start, amount),
    ),
  );
  return new Map(results.map(({ results: [row] }) => [row!.key, row!.n]));
}

/** Seconds until the window ends. */
export const windowEndsIn = (ctx: PublicCtx, windowMs: number): number => (windowMs - (ctx.now() % windowMs)) / 1000;

export const forgetRateLimits = cleanup({
  name: "old_rate_limits",
  database: "control",
  table: "rate_limits",
  key: "key, window_start",
  where: "window_start < ?1",
  keepMs: HOUR,
});
