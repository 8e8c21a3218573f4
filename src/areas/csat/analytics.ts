import { z } from "@hono/zod-openapi";
import { dayIn } from "../../kit/day";
import { operation } from "../../kit/operation";
import { rangeOf, rangeQuery } from "../analytics/range";
import { timezoneOf } from "../working-hours/timezone";
import { CsatFigures, csatFigures } from "./figures";

export const analytics = operation({
  id: "getCsatAnalytics",
  tag: "CSAT",
  summary: "CSAT analytics",
  description:
    "Response rate, mean, distribution and share of ratings 4 and 5, by day, channel and agent. Days are in the organization's timezone at the time of counting.",
  method: "get",
  path: "/api/csat/analytics",
  permission: "csat.view",
  query: z.object(rangeQuery),
  response: CsatFigures,
  handle: async ({ ctx, query }) => csatFigures(ctx, rangeOf(query, dayIn(await timezoneOf(ctx.db), ctx.now()))),
});
