import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { holidayChanged, HolidayPath, loadHoliday } from "./holiday-model";
import { holidayNotFound } from "./problems";

const Removed = z.object({ message: z.string(), holiday_id: z.uuid() });

export default operation({
  id: "deleteHoliday",
  summary: "Delete a holiday or special day",
  params: HolidayPath,
  response: Removed,
  problems: [holidayNotFound],
  handle: ({ ctx, params }) => removeHoliday(ctx, params.id),
});

export async function removeHoliday(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const holiday = await loadHoliday(ctx, id);
  await commit(ctx, {
    write: [ctx.db.sql("DELETE FROM holidays WHERE org_id = ?1 AND id = ?2", id)],
    events: [holidayChanged(ctx, holiday, null)],
    mustChange: true,
  });
  return { message: "holiday deleted", holiday_id: id };
}
