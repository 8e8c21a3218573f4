import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import type { TenantDatabase } from "../../kit/database";
import { ROWS } from "../../kit/rows";
import type { DaySchedule, WorkingHours } from "./model";

/** A row of `working_hours`. */
export interface HoursRow {
  id: string;
  /** "": the organization's own hours. */
  division_id: string;
  day_of_week: number;
  start_time: string;
  end_time: string;
  is_active: number;
  created_at: number;
  updated_at: number;
}

export const toWorkingHours = (row: HoursRow): WorkingHours => ({
  ...row,
  is_active: row.is_active === 1,
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
  division_id: row.division_id || null,
});

/** The rows of a division's own hours, or with "" of the organization's. */
export function hoursOf(db: TenantDatabase, divisionId: string): Promise<HoursRow[]> {
  return db.query<HoursRow>(
    `SELECT id, division_id, day_of_week, start_time, end_time, is_active, created_at, updated_at
     FROM working_hours INDEXED BY idx_working_hours_org_id_division_id WHERE org_id = ?1 AND division_id = ?2 ORDER BY day_of_week, start_time, end_time, id`,
    divisionId,
  );
}

/** Replaces all rows of a week; an interval that does not change keeps its id. Returns the new rows. */
export async function replaceWeek(ctx: Ctx, divisionId: string, week: readonly DaySchedule[]): Promise<WorkingHours[]> {
  const before = await hoursOf(ctx.db, divisionId);
  const now = ctx.now();
  const left = [...before];
  const after = week
    .map((day): HoursRow => {
      const at = left.findIndex(
        (row) =>
          row.day_of_week === day.day_of_week && row.start_time === day.start_time && row.end_time === day.end_time,
      );
      const [same] = at === -1 ? [] : left.splice(at, 1);
      const is_active = Number(day.is_active);
      return {
        id: same?.id ?? ctx.newId(),
        division_id: divisionId,
        day_of_week: day.day_of_week,
        start_time: day.start_time,
        end_time: day.end_time,
        is_active,
        created_at: same?.created_at ?? now,
        updated_at: same?.is_active === is_active ? same.updated_at : now,
      };
    })
    .sort(
      (a, b) =>
        a.day_of_week - b.day_of_week ||
        a.start_time.localeCompare(b.start_time) ||
        a.end_time.localeCompare(b.end_time),
    );
  const [was, is] = [inWords(before), inWords(after)];
  if (JSON.stringify(was) === JSON.stringify(is)) return before.map(toWorkingHours);
  await commit(ctx, {
    write: [
      ctx.db.sql("DELETE FROM working_hours WHERE org_id = ?1 AND division_id = ?2", divisionId),
      ctx.db.sql(
        `INSERT INTO working_hours (id, org_id, division_id, day_of_week, start_time, end_time, is_active, created_at, updated_at)
         SELECT r.value ->> 'id', ?1, ?3, r.value ->> 'day_of_week', r.value ->> 'start_time', r.value ->> 'end_time', r.value ->> 'is_active', r.value ->> 'created_at', r.value ->> 'updated_at'
         FROM ${ROWS}`,
        JSON.stringify(after),
        divisionId,
      ),
    ],
    events: [
      divisionId === ""
        ? happened("organization.hours_changed", ctx.orgId, { hours: [was, is] })
        : happened("division.hours_changed", divisionId, { hours: [was, is] }),
    ],
  });
  return after.map(toWorkingHours);
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** A week as the activity log shows it. */
export const inWords = (rows: readonly HoursRow[]): string[] =>
  rows.map((row) => `${WEEKDAYS[row.day_of_week]!} ${row.start_time}–${row.end_time}${row.is_active ? "" : " (off)"}`);
