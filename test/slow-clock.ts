import type { WeeklyHours } from "../src/kit/calendar";
import type { Holiday } from "../src/kit/holidays";

/**
 * Working time the slow way, and by nothing that the product uses: every minute is looked up on the wall. Transitions of
 * timezones fall on whole minutes, and so do working hours.
 */
export class SlowClock {
  readonly #wall: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #rows: readonly WeeklyHours[];
  readonly #holidays: readonly Holiday[];
  readonly #seen = new Map<number, boolean>();

  constructor(timezone: string, rows: readonly WeeklyHours[], holidays: readonly Holiday[] = []) {
    this.#wall = new Intl.DateTimeFormat("en-GB", {
      timeZone: timezone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    this.#rows = rows;
    this.#holidays = holidays;
    // Sweden writes dates as ISO does.
    this.#date = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" });
  }

  isOpen(at: number): boolean {
    const minute = Math.floor(at / 60_000);
    let open = this.#seen.get(minute);
    if (open === undefined) this.#seen.set(minute, (open = this.#look(minute * 60_000)));
    return open;
  }

  #look(at: number): boolean {
    // "Sat 23:59", in some versions with a comma.
    const [weekday = "", time = ""] = this.#wall.format(at).split(/,? /);
    const holiday = this.#holidays.length > 0 && this.#holidays.find(({ date }) => date === this.#date.format(at));
    if (holiday) return holiday.hours.some(({ start, end }) => time >= start && time < end);
    if (this.#rows.length === 0) return true;
    const today = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(weekday);
    const yesterday = (today + 6) % 7;
    return this.#rows.some(({ dayOfWeek, start, end, isActive }) => {
      if (!isActive) return false;
      const overnight = end <= start;
      if (dayOfWeek === today && time >= start && (overnight || time < end)) return true;
      return overnight && dayOfWeek === yesterday && time < end;
    });
  }

  workingMsBetween(from: number, to: number): number {
    let sum = 0;
    for (let at = from; at < to; at = Math.min(to, (Math.floor(at / 60_000) + 1) * 60_000)) {
      if (this.isOpen(at)) sum += Math.min(to, (Math.floor(at / 60_000) + 1) * 60_000) - at;
    }
    return sum;
  }

  addWorkingMs(from: number, ms: number): number {
    let left = ms;
    for (let at = from; ; at = (Math.floor(at / 60_000) + 1) * 60_000) {
      if (left === 0) return at;
      if (!this.isOpen(at)) continue;
      const rest = (Math.floor(at / 60_000) + 1) * 60_000 - at;
      if (left <= rest) return at + left;
      left -= rest;
    }
  }

  nextChange(at: number, within: number): number | null {
    const now = this.isOpen(at);
    for (let minute = (Math.floor(at / 60_000) + 1) * 60_000; minute <= at + within; minute += 60_000)
      if (this.isOpen(minute) !== now) return minute;
    return null;
  }
}
