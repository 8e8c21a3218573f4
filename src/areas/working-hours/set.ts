import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { Week, WorkingHours } from "./model";
import { replaceWeek } from "./store";

export default operation({
  id: "setWorkingHours",
  summary: "Upsert global working hours",
  description:
    "Replaces the whole week; an empty list means always open. SLA deadlines that are still running are recalculated within a minute.",
  body: Week,
  examples: {
    "Monday and Tuesday, with a break, and a Friday night": [
      { day_of_week: 1, start_time: "09:00", end_time: "12:00" },
      { day_of_week: 1, start_time: "13:00", end_time: "17:00" },
      { day_of_week: 2, start_time: "09:00", end_time: "17:00" },
      { day_of_week: 5, start_time: "22:00", end_time: "06:00" },
    ],
  },
  response: z.array(WorkingHours),
  handle: ({ ctx, body }) => replaceWeek(ctx, "", body),
});
