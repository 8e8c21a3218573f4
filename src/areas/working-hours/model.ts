import { z } from "@hono/zod-openapi";
import { idPath } from "../../kit/id-path";
import { isTimezone } from "./timezone";

export const Timezone = z
  .strictObject({
    timezone: z
      .string()
      .max(64)
      .refine(isTimezone, "must be an IANA time zone name")
      .openapi({ description: "IANA time zone name", example: "Asia/Jakarta" }),
  })
  .openapi("TenantTimezone");
export type Timezone = z.infer<typeof Timezone>;

const DayOfWeek = z.int().min(0).max(6).openapi({ description: "0 = Sunday, 6 = Saturday" });
const StartTime = z
  .string()
  .openapi({ description: "Local time in the organization's timezone, HH:MM", example: "09:00" });
const EndTime = z.string().openapi({
  description: "Local time, HH:MM. A time before `start_time` is on the next day; 24:00 is the end of the day.",
  example: "17:00",
});
// Clients may send seconds if they are 00.
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:00)?$/;
const minutes = (time: string): string => time.slice(0, 5);

export const DaySchedule = z
  .strictObject({
    day_of_week: DayOfWeek,
    start_time: StartTime.regex(TIME_OF_DAY, "must be HH:MM").transform(minutes),
    end_time: EndTime.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)(:00)?$/, "must be HH:MM").transform(minutes),
    is_active: z
      .boolean()
      .default(true)
      .openapi({ description: "false keeps the entry but excludes it from working time" }),
  })
  .refine((day) => day.start_time !== day.end_time, {
    message: "must differ from start_time; a whole day is 00:00 to 24:00",
    path: ["end_time"],
  })
  .openapi("DaySchedule");
export type DaySchedule = z.output<typeof DaySchedule>;

/** A day may have several entries, which may overlap. */
export const Week = z.array(DaySchedule).max(70);

export const WorkingHours = z
  .object({
    id: z.uuid(),
    day_of_week: DayOfWeek,
    start_time: StartTime,
    end_time: EndTime,
    is_active: z.boolean().openapi({ description: "false excludes the entry from working time" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    division_id: z.uuid().nullable().openapi({ description: "null for the organization's own working hours" }),
  })
  .openapi("WorkingHours");
export type WorkingHours = z.infer<typeof WorkingHours>;

export const DivisionPath = idPath("division");
