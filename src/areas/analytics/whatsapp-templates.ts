import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { calendarOf } from "./store";
import { accountQuery, AnswerFields, askInsights, secondsOf, sumOf, timeOf, whatsappProblems } from "./whatsapp";

/** Meta keeps template analytics for 90 days. */
const MAX_DAYS = 90;
const MAX_TEMPLATES = 50;

const Query = z.object({
  ...rangeQuery,
  ...accountQuery,
  template_ids: z
    .string()
    .regex(/^\d{1,32}(,\d{1,32}){0,9}$/)
    .optional()
    .openapi({
      description: `Meta's ids of up to 10 templates, comma-separated; defaults to the account's first ${MAX_TEMPLATES}`,
      example: "1421988012088524,1924084211297547",
    }),
});

const Sums = {
  sent: z.int(),
  delivered: z.int(),
  read: z.int(),
  clicked: z.int().openapi({ description: "Clicks on any of its buttons" }),
  cost: z.number().nullable().openapi({
    description: "Charges by Meta, in the currency of the business account; null if Meta does not report them",
  }),
};

const WhatsAppTemplateAnalytics = z
  .object({
    ...AnswerFields,
    data: z.array(
      z.object({
        template_id: z.string().openapi({ description: "Meta's id of the template" }),
        name: z.string().nullable(),
        language: z.string().nullable(),
        category: z.string().nullable(),
        ...Sums,
        days: z.array(z.object({ date: z.iso.date(), ...Sums })),
      }),
    ),
  })
  .openapi("WhatsAppTemplateAnalytics");

export default operation({
  id: "getWhatsAppTemplateAnalytics",
  summary: "WhatsApp template analytics",
  description: `Template messages sent, delivered, read and clicked, as counted by Meta: at most ${MAX_DAYS} days, in UTC. Template analytics must be enabled in WhatsApp Manager; Meta provides none in the European Union, the United Kingdom and Japan.`,
  query: Query,
  response: WhatsAppTemplateAnalytics,
  problems: whatsappProblems,
  handle: ({ ctx, query }) => getWhatsAppTemplates(ctx, query),
});

export async function getWhatsAppTemplates(
  ctx: Ctx,
  query: z.output<typeof Query>,
): Promise<z.infer<typeof WhatsAppTemplateAnalytics>> {
  const { today } = await calendarOf(ctx);
  const range = rangeOf(query, today, undefined, MAX_DAYS);
  const question = {
    ...secondsOf(range, "UTC"),
    limit: MAX_TEMPLATES,
    ...(query.template_ids !== undefined && { templateIds: query.template_ids.split(",") }),
  };
  const { answer, ...source } = await askInsights(ctx, query.account_id, "templates", question);
  return {
    ...source,
    waba_id: answer.ownerId,
    ...range,
    timezone: "UTC",
    data: answer.templates.map(({ data, ...template }) => ({
      ...template,
      ...totalsOf(data),
      days: data.map(({ start, ...point }) => ({ date: timeOf(start).slice(0, 10), ...point })),
    })),
  };
}

type Point = Record<"sent" | "delivered" | "read" | "clicked", number> & { cost: number | null };

function totalsOf(points: readonly Point[]): Point {
  const priced = points.flatMap(({ cost }) => (cost === null ? [] : [{ cost }]));
  return {
    sent: sumOf(points, "sent"),
    delivered: sumOf(points, "delivered"),
    read: sumOf(points, "read"),
    clicked: sumOf(points, "clicked"),
    cost: priced.length === 0 ? null : sumOf(priced, "cost"),
  };
}
