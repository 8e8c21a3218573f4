import { DAY, HOUR, MINUTE } from "./clock";

/** Days of a calendar, as YYYY-MM-DD: they sort and compare as text. */

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

// No zone's clock is set at another moment than a quarter of an hour: what is said of one holds for all of it.
const QUARTER_MS = 15 * MINUTE;
const known = new Map<string, string>();
const MAX_KNOWN = 2000;

/** The day that it is in a timezone at a time (milliseconds). */
export function dayIn(timezone: string, at: number): string {
  const quarter = Math.floor(at / QUARTER_MS);
  const key = `${timezone} ${quarter}`;
  let day = known.get(key);
  if (day === undefined) {
    const parts = Object.fromEntries(
      formatOf(timezone)
        .formatToParts(quarter * QUARTER_MS)
        .map(({ type, value }) => [type, value]),
    );
    day = `${parts["year"]!.padStart(4, "0")}-${parts["month"]!.padStart(2, "0")}-${parts["day"]!.padStart(2, "0")}`;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, day);
  }
  return day;
}

/** The time at which a day begins in a timezone: the first moment that is of this day. */
export function dayStart(timezone: string, day: string): number {
  // No offset is greater than 14 hours; what lies between is looked for by halves.
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

/** How many days from one to another, both included. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;

export function daysFrom(from: string, to: string): string[] {
  return Array.from({ length: daysBetween(from, to) }, (_, i) => addDays(from, i));
}

/** The first day of the week (Monday) or the month that a day is in. */
export function startOf(granularity: "day" | "week" | "month", day: string): string {
  if (granularity === "day") return day;
  if (granularity === "month") return `${day.slice(0, 7)}-01`;
  return addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
}
