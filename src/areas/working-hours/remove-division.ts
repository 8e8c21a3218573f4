import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { divisionNotFound } from "../divisions/problems";
import { requireDivision } from "../divisions/require";
import { DivisionPath } from "./model";
import { replaceWeek } from "./store";

export default operation({
  id: "deleteDivisionWorkingHours",
  summary: "Delete division working hours override",
  description: "The organization's working hours apply again. Succeeds also if there is no override.",
  params: DivisionPath,
  response: z.object({ message: z.string(), division_id: z.uuid() }),
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => {
    await requireDivision(ctx, params.id);
    await replaceWeek(ctx, params.id, []);
    return { message: "working hours override deleted", division_id: params.id };
  },
});
