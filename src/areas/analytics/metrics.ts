/** The counters of `daily_counts`, and the figures derived from their sums over any range of days. Pure. */

/** Columns of `daily_counts` that an event increments by one. */
export const COUNTS = [
  "conversations_new",
  "conversations_reopened",
  "conversations_resolved",
  "conversations_assigned",
  "messages_received",
  "messages_sent",
] as const;
export type Count = (typeof COUNTS)[number];

/** Measured durations, each with the counter whose events carry it. */
export const DURATIONS = {
  first_response: "messages_sent",
  resolution: "conversations_resolved",
} as const satisfies Record<string, Count>;
export type Duration = keyof typeof DURATIONS;

/**
 * Inclusive upper bounds of the histogram's buckets: 1, 5, 15, 30 minutes, 1, 2, 4, 8 hours, 1, 2, 7 days; a last
 * bucket has the rest. The columns of `daily_counts` are numbered by bucket, so a changed bound would invalidate stored
 * counts.
 */
export const BOUNDS_SECONDS = [60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800] as const;

export function bucketOf(seconds: number): number {
  const bucket = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
  return bucket === -1 ? BOUNDS_SECONDS.length : bucket;
}

export const bucketColumns = (duration: Duration): string[] =>
  [...BOUNDS_SECONDS, Infinity].map((_, bucket) => `${duration}_${bucket}`);

const durations = Object.keys(DURATIONS) as Duration[];
export const COLUMNS: readonly string[] = [
  ...COUNTS,
  ...durations.flatMap((duration) => [`${duration}_seconds`, ...bucketColumns(duration)]),
];

/** In SQL, the sums of all columns over rows `d` of `daily_counts`. */
export const SUMS = COLUMNS.map((column) => `sum(d.${column}) AS ${column}`).join(", ");

/** A row of `daily_counts`, or the sum of several, by column. */
export type Sums = Record<string, number>;

export function addUp(rows: readonly Sums[]): Sums {
  return Object.fromEntries(COLUMNS.map((column) => [column, rows.reduce((sum, row) => sum + (row[column] ?? 0), 0)]));
}

export type Figures = Record<Count | "first_responses", number> &
  Record<`${Duration}_${"avg" | "median" | "p90"}_secs`, number | null>;

/** The figures of a sum. Durations are in seconds, and null if none was measured. */
export function figuresOf(sums: Sums): Figures {
  const counts = Object.fromEntries(COUNTS.map((count) => [count, sums[count] ?? 0])) as Record<Count, number>;
  return {
    ...counts,
    first_responses: histogramOf(sums, "first_response").total,
    ...durationFigures(sums, "first_response"),
    ...durationFigures(sums, "resolution"),
  };
}

function durationFigures<D extends Duration>(sums: Sums, duration: D) {
  const { buckets, total } = histogramOf(sums, duration);
  const [avg, median, p90] =
    total === 0
      ? [null, null, null]
      : [Math.round(sums[`${duration}_seconds`]! / total), quantile(buckets, 0.5), quantile(buckets, 0.9)];
  return {
    [`${duration}_avg_secs`]: avg,
    [`${duration}_median_secs`]: median,
    [`${duration}_p90_secs`]: p90,
  } as Record<`${D}_${"avg" | "median" | "p90"}_secs`, number | null>;
}

function histogramOf(sums: Sums, duration: Duration): { buckets: number[]; total: number } {
  const buckets = bucketColumns(duration).map((column) => sums[column] ?? 0);
  return { buckets, total: buckets.reduce((sum, n) => sum + n, 0) };
}

/**
 * Estimates a quantile in seconds by interpolating linearly within its bucket. The last bucket has no upper bound: its
 * lower bound is returned. `share`: 0 to 1.
 */
export function quantile(buckets: readonly number[], share: number): number {
  const rank = share * buckets.reduce((sum, n) => sum + n, 0);
  let below = 0;
  for (const [bucket, n] of buckets.entries()) {
    if (below + n >= rank && n > 0) {
      const from = BOUNDS_SECONDS[bucket - 1] ?? 0;
      const to = BOUNDS_SECONDS[bucket] ?? from;
      return Math.round(from + ((rank - below) / n) * (to - from));
    }
    below += n;
  }
  return 0;
}
