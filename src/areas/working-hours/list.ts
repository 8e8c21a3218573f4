import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { toWorkingHours, WorkingHours } from "./model";
import { hoursOf } from "./store";

export const list = operation({
  id: "listWorkingHours",
  tag: "Working Hours",
  summary: "List global working hours",
  description: "An empty list means always open.",
  method: "get",
  path: "/api/working-hours",
  permission: "settings.view",
  response: z.array(WorkingHours),
  handle: async ({ ctx }) => (await hoursOf(ctx, "")).map(toWorkingHours),
});
