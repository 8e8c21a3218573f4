import { z } from "@hono/zod-openapi";
import { dayIn } from "../../kit/day";
import { operation } from "../../domain/operation";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { timezoneOf } from "../working-hours/timezone";
import { CsatFigures, csatFigures } from "./figures";

export default operation({
  id: "getCsatAnalytics",
  summary: "CSAT analytics",
  description:
    "Response rate, mean, distribution and share of ratings 4 and 5, by day, channel and agent. Days are in the organization's timezone at the time of counting.",
  query: z.object(rangeQuery),
  response: CsatFigures,
  handle: async ({ ctx, query }) => csatFigures(ctx, rangeOf(query, dayIn(await timezoneOf(ctx.db), ctx.now()))),
});
