import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { divisionNotFound } from "../divisions/problems";
import { requireDivision } from "../divisions/require";
import { DivisionPath, WorkingHours } from "./model";
import { hoursOf, toWorkingHours } from "./store";

export default operation({
  id: "listDivisionWorkingHours",
  summary: "List division working hours",
  description: "An empty list means that the organization's working hours apply.",
  params: DivisionPath,
  response: z.array(WorkingHours),
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => {
    await requireDivision(ctx, params.id);
    return (await hoursOf(ctx.db, params.id)).map(toWorkingHours);
  },
});
