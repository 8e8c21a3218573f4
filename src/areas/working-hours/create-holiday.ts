import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { isUniqueViolation } from "../../kit/database";
import { divisionUnknown } from "../divisions/problems";
import { requireKnownDivision } from "../divisions/require";
import { Holiday, holidayChanged, HolidayFields, toHoliday, toStoredHours } from "./holiday-model";
import { holidayLimit, holidayTaken } from "./problems";

const CreateHoliday = HolidayFields.extend({
  hours: HolidayFields.shape.hours.default([]),
  division_id: z.uuid().nullable().default(null).openapi({ description: "null: of the whole organization" }),
}).openapi("CreateHoliday");

/** Every calendar reads all of them. */
const MAX_HOLIDAYS = 1000;

export default operation({
  id: "createHoliday",
  summary: "Create a holiday or special day",
  description:
    "From midnight to midnight of the date, its `hours` take the place of the weekly working hours. A holiday of the organization is one of every division that has no entry of its own for the date. SLA deadlines that are still running are recalculated within a minute.",
  body: CreateHoliday,
  response: Holiday,
  status: 201,
  idempotent: "stored",
  problems: [holidayTaken, holidayLimit, divisionUnknown],
  handle: ({ ctx, body }) => createHoliday(ctx, body),
});

export async function createHoliday(ctx: Ctx, input: z.output<typeof CreateHoliday>): Promise<Holiday> {
  await requireKnownDivision(ctx, input.division_id);
  const [{ n }] = (await ctx.db.query<{ n: number }>("SELECT count(*) AS n FROM holidays WHERE org_id = ?1")) as [
    { n: number },
  ];
  if (n >= MAX_HOLIDAYS) throw holidayLimit(`at most ${MAX_HOLIDAYS}`);
  const [id, now] = [ctx.newId(), ctx.now()];
  const { date, name } = input;
  const [divisionId, hours] = [input.division_id ?? "", toStoredHours(input.hours)];
  const answer = toHoliday({ id, division_id: divisionId, date, name, hours, created_at: now, updated_at: now });
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "INSERT INTO holidays (id, org_id, division_id, date, name, hours, created_at, updated_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?7)",
        id,
        divisionId,
        date,
        name,
        hours,
        now,
      ),
    ],
    events: [holidayChanged(ctx, null, answer)],
    answer,
    status: 201,
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "holidays.date") ? holidayTaken() : error;
  });
  return answer;
}
