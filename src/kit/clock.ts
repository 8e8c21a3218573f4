/** The only source of the time, so that tests can replace it. Milliseconds since 1970. */
export const clock = { now: (): number => Date.now() };

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
