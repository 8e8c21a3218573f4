import { addDays, daysFrom, startOf } from "./day";
import type { Range } from "./day-range";

/** The key of a day's week: `w2026-11-23`, its Monday. It differs from every day's key and sorts by time. */
export const weekOf = (day: string): string => `w${startOf("week", day)}`;

/**
 * The fewest keys of days and weeks that cover a range: its whole weeks, and the days before and after them. About
 * eleven for thirty days.
 */
export function coverOf({ from, to }: Range): string[] {
  const monday = startOf("week", from) === from ? from : addDays(startOf("week", from), 7);
  const lastMonday = startOf("week", addDays(to, 1));
  if (monday >= lastMonday) return daysFrom(from, to);
  const weeks = daysFrom(monday, addDays(lastMonday, -1)).filter((day) => startOf("week", day) === day);
  return [
    ...(from < monday ? daysFrom(from, addDays(monday, -1)) : []),
    ...weeks.map(weekOf),
    ...(lastMonday <= to ? daysFrom(lastMonday, to) : []),
  ];
}
