import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import type { Ctx } from "../../kit/context";
import type { Range } from "../analytics/range";

/** What surveys say over a range of days. Read from daily counters, never from the surveys. */

const Count = (description: string) => z.int().openapi({ description });
const Figures = {
  sent: Count("Surveys that were sent in the range"),
  answered: Count("How many of these have been answered until now"),
  response_rate: z.number().nullable().openapi({ description: "`answered` of `sent`, in percent; null if none was sent" }),
  ratings: Count("Ratings that were given in the range, whenever it was asked for them"),
  average_rating: z.number().nullable().openapi({ description: "The mean of these ratings; null if there are none" }),
  satisfaction_rate: z.number().nullable().openapi({ description: "The share of 4 and 5 among these ratings, in percent; null if there are none" }),
  distribution: z.object({ "1": z.int(), "2": z.int(), "3": z.int(), "4": z.int(), "5": z.int() }).openapi({ description: "How many of each rating" }),
};

export const CsatFigures = z
  .object({
    from: z.iso.date(),
    to: z.iso.date().openapi({ description: "Included" }),
    ...Figures,
    by_day: z.array(z.object({ day: z.iso.date(), ...Figures })).openapi({ description: "Days on which something happened, oldest first" }),
    by_channel: z.array(z.object({ channel: z.enum(CHANNELS), ...Figures })),
    by_agent: z
      .array(z.object({ agent_id: z.uuid().nullable(), agent_name: z.string().nullable(), ...Figures }))
      .openapi({ description: "By who had the conversation when it was asked; null: nobody. The most answered first." }),
  })
  .openapi("CsatAnalytics");

interface Sums {
  sent: number;
  answered: number;
  rating_1: number;
  rating_2: number;
  rating_3: number;
  rating_4: number;
  rating_5: number;
}

const COLUMNS = ["sent", "answered", "rating_1", "rating_2", "rating_3", "rating_4", "rating_5"] as const;
const SUMS = COLUMNS.map((column) => `sum(d.${column}) AS ${column}`).join(", ");

/** `range` is of days of the organization's own. One round trip; reads a row for each channel and each agent on each day that had something. */
export async function csatFigures(ctx: Ctx, { from, to }: Range): Promise<z.infer<typeof CsatFigures>> {
  const within = "d.org_id = ?1 AND d.day BETWEEN ?2 AND ?3";
  const [days, channels, agents] = await ctx.db.batch([
    ctx.db.sql(`SELECT d.day, ${SUMS} FROM csat_daily d WHERE ${within} AND d.scope = 'channel' GROUP BY d.day ORDER BY d.day`, from, to),
    ctx.db.sql(`SELECT d.scope_id, ${SUMS} FROM csat_daily d WHERE ${within} AND d.scope = 'channel' GROUP BY d.scope_id ORDER BY d.scope_id`, from, to),
    ctx.db.sql(
      `SELECT t.*, a.full_name FROM (SELECT d.scope_id, ${SUMS} FROM csat_daily d WHERE ${within} AND d.scope = 'agent' GROUP BY d.scope_id) t
       LEFT JOIN agents a ON a.id = t.scope_id AND a.org_id = ?1 ORDER BY t.answered DESC, t.scope_id`,
      from,
      to,
    ),
  ]);
  const byDay = days!.results as (Sums & { day: string })[];
  const byChannel = channels!.results as (Sums & { scope_id: Channel })[];
  const byAgent = agents!.results as (Sums & { scope_id: string; full_name: string | null })[];
  const total = Object.fromEntries(COLUMNS.map((column) => [column, byDay.reduce((sum, row) => sum + row[column], 0)])) as unknown as Sums;
  return {
    from,
    to,
    ...figuresOf(total),
    by_day: byDay.map((row) => ({ day: row.day, ...figuresOf(row) })),
    by_channel: byChannel.map((row) => ({ channel: row.scope_id, ...figuresOf(row) })),
    by_agent: byAgent.map((row) => ({ agent_id: row.scope_id || null, agent_name: row.full_name, ...figuresOf(row) })),
  };
}

const percent = (part: number, of: number): number | null => (of === 0 ? null : Math.round((part / of) * 1000) / 10);

function figuresOf(row: Sums) {
  const counts = [row.rating_1, row.rating_2, row.rating_3, row.rating_4, row.rating_5] as const;
  const ratings = counts.reduce((sum, n) => sum + n, 0);
  const points = counts.reduce((sum, n, i) => sum + n * (i + 1), 0);
  return {
    sent: row.sent,
    answered: row.answered,
    response_rate: percent(row.answered, row.sent),
    ratings,
    average_rating: ratings === 0 ? null : Math.round((points / ratings) * 100) / 100,
    satisfaction_rate: percent(row.rating_4 + row.rating_5, ratings),
    distribution: { "1": row.rating_1, "2": row.rating_2, "3": row.rating_3, "4": row.rating_4, "5": row.rating_5 },
  };
}
