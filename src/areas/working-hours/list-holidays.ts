import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { Holiday, type HolidayRow, toHoliday } from "./holiday-model";

const holidayQuery = z.object({
  division_id: z.uuid().optional().openapi({ description: "Only holidays of this division" }),
  from: z.iso.date().optional().openapi({ description: "Only from this date on" }),
});

export default operation({
  id: "listHolidays",
  summary: "List holidays and special days",
  description: "Holidays of the organization and its divisions, by date.",
  query: holidayQuery,
  response: z.array(Holiday),
  handle: ({ ctx, query }) => listHolidays(ctx, query),
});

export async function listHolidays(ctx: Ctx, query: z.output<typeof holidayQuery>): Promise<Holiday[]> {
  const rows = await ctx.db.query<HolidayRow>(
    `SELECT id, division_id, date, name, hours, created_at, updated_at FROM holidays
     WHERE org_id = ?1 AND (?2 = '' OR division_id = ?2) AND date >= ?3 ORDER BY date, division_id`,
    query.division_id ?? "",
    query.from ?? "",
  );
  return rows.map(toHoliday);
}
