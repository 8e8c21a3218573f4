import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { divisionNotFound } from "../divisions/problems";
import { requireDivision } from "../divisions/require";
import { DivisionPath, Week, WorkingHours } from "./model";
import { replaceWeek } from "./store";

export default operation({
  id: "setDivisionWorkingHours",
  summary: "Upsert division working hours override",
  description:
    "Replaces the division's whole week. Delete the override to apply the organization's working hours again.",
  params: DivisionPath,
  body: Week.min(1),
  response: z.array(WorkingHours),
  problems: [divisionNotFound],
  handle: async ({ ctx, params, body }) => {
    await requireDivision(ctx, params.id);
    return replaceWeek(ctx, params.id, body);
  },
});
