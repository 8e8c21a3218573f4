import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { coverOf } from "../../kit/day-cover";
import type { Range } from "../../kit/day-range";

/** Survey results over a range of days, read from daily counters instead of surveys. */

const Count = (description: string) => z.int().openapi({ description });
const Figures = {
  sent: Count("Surveys sent in the range"),
  answered: Count("How many of the surveys in `sent` have been answered so far"),
  response_rate: z
    .number()
    .nullable()
    .openapi({ description: "`answered` as a percentage of `sent` (0 to 100); null if no survey was sent" }),
  ratings: Count("Ratings given in the range, regardless of when the survey was sent"),
  average_rating: z
    .number()
    .nullable()
    .openapi({ description: "Mean of `ratings`, from 1 to 5; null if there are none" }),
  satisfaction_rate: z
    .number()
    .nullable()
    .openapi({ description: "Percentage of ratings 4 and 5 in `ratings` (0 to 100); null if there are none" }),
  distribution: z
    .object({ "1": z.int(), "2": z.int(), "3": z.int(), "4": z.int(), "5": z.int() })
    .openapi({ description: "Number of ratings of each value, from 1 to 5" }),
};

export const CsatFigures = z
  .object({
    from: z.iso.date().openapi({ description: "First day, in the organization's timezone" }),
    to: z.iso.date().openapi({ description: "Last day, inclusive" }),
    ...Figures,
    by_day: z
      .array(z.object({ day: z.iso.date(), ...Figures }))
      .openapi({ description: "Days with activity, oldest first" }),
    by_channel: z
      .array(z.object({ channel: z.enum(CHANNELS), ...Figures }))
      .openapi({ description: "Channels with activity" }),
    by_agent: z
      .array(z.object({ agent_id: z.uuid().nullable(), agent_name: z.string().nullable(), ...Figures }))
      .openapi({
        description:
          "By the assignee when the survey was created; `agent_id` is null where there was none. Most answered surveys first.",
      }),
  })
  .openapi("CsatAnalytics");

const COLUMNS = ["sent", "answered", "rating_1", "rating_2", "rating_3", "rating_4", "rating_5"] as const;
type Sums = Record<(typeof COLUMNS)[number], number>;

/**
 * The results of a range of days in the organization's timezone. One round trip. Reads a row per day and channel, and a
 * row per agent and week, or per day outside whole weeks.
 */
export async function csatFigures(ctx: Ctx, range: Range): Promise<z.infer<typeof CsatFigures>> {
  const [days, agents] = await ctx.db.batch([
    ctx.db.sql(
      "SELECT d.* FROM csat_daily d WHERE d.org_id = ?1 AND d.scope = 'channel' AND d.day BETWEEN ?2 AND ?3 ORDER BY d.day",
      range.from,
      range.to,
    ),
    ctx.db.sql(
      `SELECT t.*, a.full_name FROM (
         SELECT d.scope_id, ${COLUMNS.map((column) => `sum(d.${column}) AS ${column}`).join(", ")}
         FROM json_each(?2) i CROSS JOIN csat_daily d ON d.org_id = ?1 AND d.scope = 'agent' AND d.day = i.value GROUP BY d.scope_id
       ) t LEFT JOIN agents a ON a.id = t.scope_id AND a.org_id = ?1 ORDER BY t.answered DESC, t.scope_id`,
      JSON.stringify(coverOf(range)),
    ),
  ]);
  const byDayAndChannel = days!.results as (Sums & { day: string; scope_id: Channel })[];
  const byDay = Map.groupBy(byDayAndChannel, (row) => row.day);
  const byChannel = Map.groupBy(byDayAndChannel, (row) => row.scope_id);
  const byAgent = agents!.results as (Sums & { scope_id: string; full_name: string | null })[];
  return {
    ...range,
    ...figuresOf(byDayAndChannel),
    by_day: [...byDay].map(([day, rows]) => ({ day, ...figuresOf(rows) })),
    by_channel: CHANNELS.flatMap((channel) =>
      byChannel.has(channel) ? [{ channel, ...figuresOf(byChannel.get(channel)!) }] : [],
    ),
    by_agent: byAgent.map((row) => ({
      agent_id: row.scope_id || null,
      agent_name: row.full_name,
      ...figuresOf([row]),
    })),
  };
}

/** From 0 to 100 with one decimal; null if the total is 0. */
const percent = (part: number, total: number): number | null =>
  total === 0 ? null : Math.round((part / total) * 1000) / 10;

function figuresOf(rows: readonly Sums[]) {
  const sum = (column: keyof Sums): number => rows.reduce((total, row) => total + row[column], 0);
  const [sent, answered] = [sum("sent"), sum("answered")];
  const distribution = {
    "1": sum("rating_1"),
    "2": sum("rating_2"),
    "3": sum("rating_3"),
    "4": sum("rating_4"),
    "5": sum("rating_5"),
  };
  const ratings = Object.values(distribution).reduce((total, n) => total + n, 0);
  const points = Object.entries(distribution).reduce((total, [rating, n]) => total + Number(rating) * n, 0);
  return {
    sent,
    answered,
    response_rate: percent(answered, sent),
    ratings,
    average_rating: ratings === 0 ? null : Math.round((points / ratings) * 100) / 100,
    satisfaction_rate: percent(distribution["4"] + distribution["5"], ratings),
    distribution,
  };
}
