import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { divisionNotFound } from "../divisions/problems";
import { requireDivision } from "../divisions/require";
import { DivisionPath, toWorkingHours, WorkingHours } from "./model";
import { hoursOf } from "./store";

export const listDivision = operation({
  id: "listDivisionWorkingHours",
  tag: "Working Hours",
  summary: "List division working hours",
  description: "An empty list means that the organization's working hours apply.",
  method: "get",
  path: "/api/divisions/{id}/working-hours",
  permission: "settings.view",
  params: DivisionPath,
  response: z.array(WorkingHours),
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => {
    await requireDivision(ctx, params.id);
    return (await hoursOf(ctx, params.id)).map(toWorkingHours);
  },
});
