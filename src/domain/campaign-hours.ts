import { Calendar } from "../kit/calendar";
import { DAY } from "../kit/clock";

/**
 * When people may be written to, in their own time. The calendar knows the days on which clocks change. Pure, except for
 * a cache of calendars.
 */

/** "HH:MM", or "24:00" for an end. An end that is not after the start is on the next day. */
export interface SendingHours {
  start: string;
  end: string;
}

/** No timezones differ by more, so within this time each of them opens. */
const MAX_WAIT_MS = 2 * DAY;
const MAX_CALENDARS = 2000;
const calendars = new Map<string, Calendar>();

function calendarOf({ start, end }: SendingHours, timezone: string): Calendar {
  const key = `${timezone} ${start} ${end}`;
  let calendar = calendars.get(key);
  if (calendar) return calendar;
  const week = [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, start, end, isActive: true }));
  calendar = new Calendar(timezone, week);
  if (calendars.size >= MAX_CALENDARS) calendars.clear();
  calendars.set(key, calendar);
  return calendar;
}

/**
 * The first moment from `at` on at which all of the timezones are within the hours, in milliseconds; `at` itself if they
 * are. Hours that they do not share are those of the first timezone, which must be the most probable.
 */
export function nextSendAt(hours: SendingHours, timezones: readonly string[], at: number): number {
  const all = timezones.map((timezone) => calendarOf(hours, timezone));
  return firstShared(all, at) ?? firstShared(all.slice(0, 1), at) ?? at;
}

function firstShared(all: readonly Calendar[], at: number): number | undefined {
  for (let moment = at; moment <= at + MAX_WAIT_MS;) {
    const closed = all.find((calendar) => !calendar.isOpen(moment));
    if (!closed) return moment;
    // Until it opens, nothing may be sent, whatever the others say.
    const opens = closed.nextChange(moment);
    if (opens === null) return undefined;
    moment = opens;
  }
  return undefined;
}
