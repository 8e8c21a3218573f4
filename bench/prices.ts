/**
 * Cloudflare's prices on Workers Paid in dollars, beyond what the plan includes, as of November 2026. From
 * https://developers.cloudflare.com/ workers/platform/pricing, d1/platform/pricing, durable-objects/platform/pricing,
 * queues/platform/pricing and r2/pricing. `setAlarm` is billed as a row written.
 */

/** Per million. */
export const PRICES = {
  d1RowsWritten: 1,
  d1RowsRead: 0.001,
  objectRowsWritten: 1,
  /** Each call, and each run of an alarm. */
  objectRequests: 0.15,
  /** Writing, reading and deleting a message of up to 64 KB are three. */
  queueOperations: 0.4,
  /** Also each run of a consumer. */
  workerRequests: 0.3,
  /** Class A. */
  r2Writes: 4.5,
  /** Class B. */
  r2Reads: 0.36,
} as const;

/** Per month. */
export const PLAN = 5;

/** The amounts that the plan includes each month, in the units of `PRICES`. */
export const INCLUDED: Record<keyof typeof PRICES, number> = {
  d1RowsWritten: 50e6,
  d1RowsRead: 25e9,
  objectRowsWritten: 50e6,
  objectRequests: 1e6,
  queueOperations: 1e6,
  workerRequests: 10e6,
  r2Writes: 1e6,
  r2Reads: 10e6,
};
