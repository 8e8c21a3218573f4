import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { WorkingHours } from "./model";
import { hoursOf, toWorkingHours } from "./store";

export default operation({
  id: "listWorkingHours",
  summary: "List global working hours",
  description: "An empty list means always open.",
  response: z.array(WorkingHours),
  handle: async ({ ctx }) => (await hoursOf(ctx.db, "")).map(toWorkingHours),
});
