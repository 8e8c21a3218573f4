/** The one place that reads the time, so that a test can give another. Milliseconds since 1970. */
export const clock = { now: (): number => Date.now() };

export const toWireTime = (atMs: number): string => new Date(atMs).toISOString();
export const toWireTimeOrNull = (atMs: number | null | undefined): string | null => (atMs == null ? null : new Date(atMs).toISOString());

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
