import { addDays, daysFrom, startOf } from "../../kit/day";
import type { Range } from "./range";

/** The week that a day is in, as `daily_counts` names it: apart from days, also in order. */
export const weekOf = (day: string): string => `w${startOf("week", day)}`;

/** The fewest rows of `daily_counts` that make up a range: its whole weeks, and the days before and after. Thirty days are about eleven. */
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
