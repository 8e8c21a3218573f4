import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { daysFrom, startOf } from "../../kit/day";
import { operation } from "../../domain/operation";
import { malformed } from "../../kit/problem";
import { addUp, figuresOf } from "./metrics";
import { AnalyticsFigures, Day, RangeFields } from "./model";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { calendarOf, sumsByDay, type DayRow, type Scope } from "./store";

const PERIODS = ["7d", "30d", "90d"] as const;
const GRANULARITIES = ["day", "week", "month"] as const;

const TrendsResponse = z
  .object({
    period: z.enum([...PERIODS, "custom"]).openapi({ description: "`custom` if `from` or `to` was given" }),
    granularity: z.enum(GRANULARITIES).openapi({ description: "Length of the intervals in `days`" }),
    ...RangeFields,
    days: z
      .array(
        AnalyticsFigures.extend({
          date: Day.openapi({
            description: "The day; for a week its Monday and for a month its first day, even if the range begins later",
          }),
        }).openapi("TrendsDay"),
      )
      .openapi({ description: "Every day, week or month of the range, including empty ones, oldest first" }),
    total: AnalyticsFigures.openapi({
      description: "Figures for the whole range; means and medians of single days cannot be averaged",
    }),
  })
  .openapi("TrendsResponse");

const ONE_SCOPE = "Give at most one of `channel`, `account_id`, `agent_id` and `division_id`";
const Query = z.object({
  period: z.enum(PERIODS).default("30d").openapi({
    description:
      "The last 7, 30 or 90 days, including today; overridden by `from`. With `to` alone, the period ends on that day",
  }),
  ...rangeQuery,
  granularity: z.enum(GRANULARITIES).default("day").openapi({ description: "Length of the intervals" }),
  channel: z.enum(CHANNELS).optional().openapi({ description: ONE_SCOPE }),
  account_id: z.uuid().optional().openapi({ description: ONE_SCOPE }),
  agent_id: z.uuid().optional().openapi({ description: ONE_SCOPE }),
  division_id: z.uuid().optional().openapi({ description: ONE_SCOPE }),
});
type Query = z.output<typeof Query>;

export default operation({
  id: "getAnalyticsTrends",
  summary: "Conversation and message trends",
  description:
    "Figures by day, week or month, of the organization or of one channel, account, agent or division. An unknown id has zeros.",
  query: Query,
  response: TrendsResponse,
  handle: ({ ctx, query }) => getTrends(ctx, query),
});

export async function getTrends(ctx: Ctx, query: Query): Promise<z.infer<typeof TrendsResponse>> {
  const { timezone, today } = await calendarOf(ctx);
  const range = rangeOf(query, today, Number.parseInt(query.period, 10));
  const [scope, id] = scopeOf(query);
  const rows = (await sumsByDay(ctx, range, scope, id).all<DayRow>()).results;
  const byDate = Map.groupBy(rows, (row) => startOf(query.granularity, row.day));
  const dates = [...new Set(daysFrom(range.from, range.to).map((day) => startOf(query.granularity, day)))];
  return {
    period: query.from === undefined && query.to === undefined ? query.period : "custom",
    granularity: query.granularity,
    ...range,
    timezone,
    days: dates.map((date) => ({ date, ...figuresOf(addUp(byDate.get(date) ?? [])) })),
    total: figuresOf(addUp(rows)),
  };
}

function scopeOf({ channel, account_id, agent_id, division_id }: Query): [Scope?, string?] {
  const given = Object.entries({ channel, account: account_id, agent: agent_id, division: division_id }).filter(
    ([, id]) => id !== undefined,
  );
  if (given.length > 1)
    throw malformed(ONE_SCOPE, {
      errors: given
        .slice(1)
        .map(([scope]) => ({ field: scope === "channel" ? scope : `${scope}_id`, message: ONE_SCOPE })),
    });
  const [scope, id] = given[0] ?? [];
  return scope === undefined ? [] : [scope as Scope, id!];
}
