import type { TenantDatabase } from "../../kit/database";
import { Calendar, type WeeklyHours } from "../../kit/calendar";
import type { Holiday } from "../../kit/holidays";

export interface Schedule {
  timezone: string;
  /**
   * The working time of a division, or with "" of the organization. A division without hours of its own has the
   * organization's, and so it is with each holiday.
   */
  calendarOf(divisionId: string): Calendar;
}

interface Row extends WeeklyHours {
  divisionId: string;
}

interface HolidayRow {
  divisionId: string;
  date: string;
  /** JSON. */
  hours: string;
}

/** The statements that read a schedule, for a batch; `scheduleFrom` takes their results. */
export const scheduleStatements = (
  db: TenantDatabase,
): [timezone: D1PreparedStatement, hours: D1PreparedStatement, holidays: D1PreparedStatement] => [
  db.sql("SELECT timezone FROM orgs WHERE org_id = ?1"),
  db.sql(
    "SELECT division_id AS divisionId, day_of_week AS dayOfWeek, start_time AS start, end_time AS end, is_active AS isActive FROM working_hours WHERE org_id = ?1",
  ),
  db.sql("SELECT division_id AS divisionId, date, hours FROM holidays WHERE org_id = ?1"),
];

export function scheduleFrom(
  timezones: readonly unknown[],
  hours: readonly unknown[],
  holidays: readonly unknown[],
): Schedule {
  const timezone = (timezones[0] as { timezone: string } | undefined)?.timezone ?? "UTC";
  const rows = (hours as (Omit<Row, "isActive"> & { isActive: number })[]).map((row): Row => ({
    ...row,
    isActive: row.isActive === 1,
  }));
  const weeks = Map.groupBy(rows, (row) => row.divisionId);
  const days = Map.groupBy(holidays as HolidayRow[], (row) => row.divisionId);
  const made = new Map<string, Calendar>();
  const calendarOf = (divisionId: string): Calendar => {
    const whose = weeks.has(divisionId) || days.has(divisionId) ? divisionId : "";
    let calendar = made.get(whose);
    if (!calendar) {
      const own = new Map([...(days.get("") ?? []), ...(days.get(whose) ?? [])].map((row) => [row.date, row]));
      const dates = [...own.values()].map((row) => ({
        date: row.date,
        hours: JSON.parse(row.hours) as Holiday["hours"],
      }));
      calendar = new Calendar(timezone, weeks.get(whose) ?? weeks.get("") ?? [], dates);
      made.set(whose, calendar);
    }
    return calendar;
  };
  return { timezone, calendarOf };
}

/** Reads an organization's schedule. One round trip. */
export async function scheduleOf(db: TenantDatabase): Promise<Schedule> {
  const [timezone, hours, holidays] = await db.batch(scheduleStatements(db));
  return scheduleFrom(timezone!.results, hours!.results, holidays!.results);
}
