import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import type { NewEvent } from "../../kit/context";
import { idPath } from "../../kit/id-path";
import { holidayNotFound } from "./problems";

export const HolidayPath = idPath("holiday");

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const Hours = z
  .array(
    z
      .strictObject({
        start_time: z.string().regex(TIME, "must be HH:MM").openapi({ description: "Local time", example: "09:00" }),
        end_time: z
          .string()
          .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be HH:MM")
          .openapi({ description: "Local time after `start_time`, on the same date", example: "12:00" }),
      })
      .refine((row) => row.start_time < row.end_time, { message: "must be after start_time", path: ["end_time"] }),
  )
  .max(10)
  .openapi({ description: "The working time of the date; none: closed all day" });

export const HolidayFields = z.strictObject({
  date: z.iso.date().openapi({ description: "In the organization's timezone", example: "2026-12-25" }),
  name: z.string().trim().min(1).max(100),
  hours: Hours,
});

export const Holiday = z
  .object({
    id: z.uuid(),
    division_id: z.uuid().nullable().openapi({ description: "null for a holiday of the organization" }),
    date: z.iso.date(),
    name: z.string(),
    hours: Hours,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("Holiday");
export type Holiday = z.infer<typeof Holiday>;

export interface HolidayRow {
  id: string;
  division_id: string;
  date: string;
  name: string;
  hours: string;
  created_at: number;
  updated_at: number;
}

type StoredHours = { start: string; end: string }[];

export const toStoredHours = (hours: Holiday["hours"]): string =>
  JSON.stringify(hours.map(({ start_time: start, end_time: end }) => ({ start, end })));

export const toHoliday = (row: HolidayRow): Holiday => ({
  id: row.id,
  division_id: row.division_id || null,
  date: row.date,
  name: row.name,
  hours: (JSON.parse(row.hours) as StoredHours).map(({ start, end }) => ({ start_time: start, end_time: end })),
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
});

/** Throws `holiday_not_found`. */
export async function loadHoliday(ctx: Ctx, id: string): Promise<Holiday> {
  const [row] = await ctx.db.query<HolidayRow>(
    "SELECT id, division_id, date, name, hours, created_at, updated_at FROM holidays WHERE org_id = ?1 AND id = ?2",
    id,
  );
  if (!row) throw holidayNotFound();
  return toHoliday(row);
}

/** As the activity log shows it: "2026-12-25 Christmas, 09:00–12:00". */
const inWords = ({ date, name, hours }: Pick<Holiday, "date" | "name" | "hours">): string =>
  `${date} ${name}, ${hours.map((row) => `${row.start_time}–${row.end_time}`).join(", ") || "closed"}`;

/** The event of a change of working time. */
export function holidayChanged(ctx: Ctx, before: Holiday | null, after: Holiday | null): NewEvent {
  const divisionId = (before ?? after)!.division_id;
  const data = { holiday: [before && inWords(before), after && inWords(after)] };
  return divisionId === null
    ? happened("organization.hours_changed", ctx.orgId, data)
    : happened("division.hours_changed", divisionId, data);
}
