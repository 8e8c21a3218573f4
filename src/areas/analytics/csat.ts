import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { CsatFigures, csatFigures } from "../csat/figures";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { calendarOf } from "./store";

export default operation({
  id: "getAnalyticsCsat",
  summary: "CSAT analytics",
  description: "Survey results: the same as `GET /api/csat/analytics`, for callers with `analytics.view`.",
  query: z.object(rangeQuery),
  response: CsatFigures,
  handle: async ({ ctx, query }) => csatFigures(ctx, rangeOf(query, (await calendarOf(ctx)).today)),
});
