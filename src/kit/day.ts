import { DAY, HOUR, MINUTE } from "./clock";

/** Calendar days as YYYY-MM-DD, which sort and compare as text. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format)
    formats.set(
      timezone,
      (format = new Intl.DateTimeFormat("en-US", {
        timeZone: timezone,
        year: "numeric",
        month: "numeric",
        day: "numeric",
      })),
    );
  return format;
}

// Timezones change only at multiples of a quarter of an hour, so one lookup holds for the whole quarter.
const QUARTER_MS = 15 * MINUTE;
const days = new Map<string, string>();
const MAX_CACHED_DAYS = 2000;

/** The day in a timezone at a time (milliseconds since 1970). */
export function dayIn(timezone: string, at: number): string {
  // Without Intl, whose first use in a process takes the runtime more than 10 ms.
  if (timezone === "UTC") return new Date(at).toISOString().slice(0, 10);
  const quarter = Math.floor(at / QUARTER_MS);
  const key = `${timezone} ${quarter}`;
  let day = days.get(key);
  if (day === undefined) {
    const parts = Object.fromEntries(
      formatOf(timezone)
        .formatToParts(quarter * QUARTER_MS)
        .map(({ type, value }) => [type, value]),
    );
    day = `${parts["year"]!.padStart(4, "0")}-${parts["month"]!.padStart(2, "0")}-${parts["day"]!.padStart(2, "0")}`;
    if (days.size >= MAX_CACHED_DAYS) days.clear();
    days.set(key, day);
  }
  return day;
}

/** The start of a day in a timezone, in milliseconds since 1970. */
export function dayStart(timezone: string, day: string): number {
  // Binary search: no timezone is more than 14 hours from UTC.
  let [before, within] = [(Date.parse(day) - 15 * HOUR) / QUARTER_MS, (Date.parse(day) + 15 * HOUR) / QUARTER_MS];
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (dayIn(timezone, middle * QUARTER_MS) >= day) within = middle;
    else before = middle;
  }
  return within * QUARTER_MS;
}

export const addDays = (day: string, n: number): string =>
  new Date(Date.parse(day) + n * DAY).toISOString().slice(0, 10);

/** Number of days in a range, both ends included. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;

export function daysFrom(from: string, to: string): string[] {
  return Array.from({ length: daysBetween(from, to) }, (_, i) => addDays(from, i));
}

/** The first day of the week (Monday) or month that contains a day. */
export function startOf(granularity: "day" | "week" | "month", day: string): string {
  if (granularity === "day") return day;
  if (granularity === "month") return `${day.slice(0, 7)}-01`;
  return addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
}
