import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changeRow } from "../../kit/change-row";
import { Holiday, holidayChanged, HolidayFields, HolidayPath, loadHoliday, toStoredHours } from "./holiday-model";
import { holidayNotFound, holidayTaken } from "./problems";

const UpdateHoliday = HolidayFields.partial().openapi("UpdateHoliday");

export default operation({
  id: "updateHoliday",
  summary: "Update a holiday or special day",
  params: HolidayPath,
  body: UpdateHoliday,
  response: Holiday,
  problems: [holidayNotFound, holidayTaken],
  handle: ({ ctx, params, body }) => updateHoliday(ctx, params.id, body),
});

export async function updateHoliday(ctx: Ctx, id: string, input: z.output<typeof UpdateHoliday>): Promise<Holiday> {
  const before = await loadHoliday(ctx, id);
  const { after } = await changeRow(ctx, {
    table: "holidays",
    id,
    before,
    input,
    columns: (changed) => ({ hours: toStoredHours(changed.hours) }),
    event: () => holidayChanged(ctx, before, { ...before, ...input }),
    taken: { column: "holidays.date", problem: holidayTaken },
    missing: holidayNotFound,
  });
  return after;
}
