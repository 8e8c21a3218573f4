import { locale } from "./words";

/** Times in the agent's own zone, in the form of their language. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.get()} ${name}`;
  const known = formats.get(key);
  if (known) return known;
  // British dates, and the clock with 24 hours, which both languages read alike.
  const made = new Intl.DateTimeFormat(locale.get() === "id" ? "id-ID" : "en-GB", options);
  formats.set(key, made);
  return made;
}

export const clockTime = (at: string | number): string =>
  format("clock", { hour: "2-digit", minute: "2-digit" }).format(new Date(at)).replace(".", ":");
export const shortDate = (at: string | number): string =>
  format("day", { day: "numeric", month: "short" }).format(new Date(at));
export const longDate = (at: string | number): string =>
  format("date", { weekday: "long", day: "numeric", month: "long" }).format(new Date(at));
export const fullDate = (at: string | number): string =>
  format("full", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(
    new Date(at),
  );
export const monthAndYear = (at: string | number): string =>
  format("month", { month: "long", year: "numeric" }).format(new Date(at));

const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
export const isSameDay = (one: string | number, other: string | number): boolean =>
  startOfDay(Number(new Date(one))) === startOfDay(Number(new Date(other)));
/** 0: today; 1: yesterday; … */
export const daysAgo = (at: string | number, now: number): number =>
  Math.round((startOfDay(now) - startOfDay(Number(new Date(at)))) / DAY);

/** In a list: the time of today, else the day. */
export function listTime(at: string, now: number, yesterday: string): string {
  const days = daysAgo(at, now);
  if (days <= 0) return clockTime(at);
  if (days === 1) return yesterday;
  return new Date(at).getFullYear() === new Date(now).getFullYear()
    ? shortDate(at)
    : format("dated", { day: "numeric", month: "short", year: "2-digit" }).format(new Date(at));
}

const UNITS = { en: { d: "d", h: "h", min: "min" }, id: { d: "hr", h: "j", min: "mnt" } } as const;

/** A length of time in at most two units: `3 h 12 min`, `4 min`. Below a minute it is a minute. */
export function duration(ms: number): string {
  const unit = UNITS[locale.get()];
  const minutes = Math.max(1, Math.round(ms / MINUTE));
  // A day of a window is counted in hours.
  const days = minutes > 48 * 60 ? Math.floor(minutes / 1440) : 0;
  const [hours, rest] = [Math.floor((minutes - days * 1440) / 60), minutes % 60];
  if (days > 0) return hours > 0 ? `${days} ${unit.d} ${hours} ${unit.h}` : `${days} ${unit.d}`;
  if (hours > 0) return rest > 0 ? `${hours} ${unit.h} ${rest} ${unit.min}` : `${hours} ${unit.h}`;
  return `${rest} ${unit.min}`;
}

/** `0:14` of seconds. */
export const playTime = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
