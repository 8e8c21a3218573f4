import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { Week, WorkingHours } from "./model";
import { replaceWeek } from "./store";

export const set = operation({
  id: "setWorkingHours",
  tag: "Working Hours",
  summary: "Upsert global working hours",
  description: "Replaces the whole week; an empty one is always open. SLA deadlines that are still open are counted anew within a minute.",
  method: "put",
  path: "/api/working-hours",
  permission: "settings.manage",
  body: Week,
  response: z.array(WorkingHours),
  handle: ({ ctx, body }) => replaceWeek(ctx, "", body),
});
