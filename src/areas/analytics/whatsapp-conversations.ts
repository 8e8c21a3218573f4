import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { rangeOf, rangeQuery } from "../../kit/day-range";
import { calendarOf } from "./store";
import {
  accountQuery,
  AnswerFields,
  askInsights,
  phoneNumberQuery,
  secondsOf,
  sumOf,
  timeOf,
  whatsappProblems,
} from "./whatsapp";

const Query = z.object({
  ...rangeQuery,
  granularity: z.enum(["day", "month"]).default("day").openapi({ description: "Length of the intervals" }),
  ...accountQuery,
  ...phoneNumberQuery,
});

const Cost = z
  .number()
  .openapi({ description: "Approximate charges by Meta, in the currency of the business account" });
const Point = {
  start: z.iso.datetime().openapi({ description: "Beginning of the interval" }),
  end: z.iso.datetime().openapi({ description: "End of the interval" }),
  category: z
    .string()
    .nullable()
    .openapi({ description: "As Meta names it; null if Meta gives none", example: "MARKETING" }),
  type: z.string().nullable().openapi({ description: "As Meta names it; null if Meta gives none", example: "REGULAR" }),
};

const WhatsAppConversationAnalytics = z
  .object({
    ...AnswerFields,
    granularity: z.enum(["day", "month"]),
    data: z
      .array(
        z.object({
          ...Point,
          conversations: z.int().openapi({ description: "Number of Meta's conversations" }),
          cost: Cost,
        }),
      )
      .openapi({ description: "Meta's 24-hour conversations" }),
    pricing: z
      .array(z.object({ ...Point, volume: z.int().openapi({ description: "Delivered messages" }), cost: Cost }))
      .openapi({ description: "Delivered messages and their charges; Meta has charged per message since July 2025" }),
    total: z.object({
      conversations: z.int().openapi({ description: "Number of Meta's conversations" }),
      conversation_cost: Cost,
      volume: z.int().openapi({ description: "Delivered messages" }),
      cost: Cost,
    }),
  })
  .openapi("WhatsAppConversationAnalytics");

export default operation({
  id: "getWhatsAppConversationAnalytics",
  summary: "WhatsApp conversation analytics",
  description:
    "Conversations and charges of a WhatsApp Business Account by category and type, as counted by Meta. Meta's 24-hour conversations are not the conversations of this API. Meta keeps one year.",
  query: Query,
  response: WhatsAppConversationAnalytics,
  problems: whatsappProblems,
  handle: ({ ctx, query }) => getWhatsAppConversations(ctx, query),
});

export async function getWhatsAppConversations(
  ctx: Ctx,
  query: z.output<typeof Query>,
): Promise<z.infer<typeof WhatsAppConversationAnalytics>> {
  const { timezone, today } = await calendarOf(ctx);
  const range = rangeOf(query, today);
  const { granularity, phone_number: phoneNumber } = query;
  const question = { ...secondsOf(range, timezone), granularity, phoneNumber };
  const { answer, ...source } = await askInsights(ctx, query.account_id, "conversations", question);
  const { data, pricing } = answer;
  return {
    ...source,
    waba_id: answer.ownerId,
    ...range,
    timezone,
    granularity,
    data: data.map((point) => ({ ...point, start: timeOf(point.start), end: timeOf(point.end) })),
    pricing: pricing.map((point) => ({ ...point, start: timeOf(point.start), end: timeOf(point.end) })),
    total: {
      conversations: sumOf(data, "conversations"),
      conversation_cost: sumOf(data, "cost"),
      volume: sumOf(pricing, "volume"),
      cost: sumOf(pricing, "cost"),
    },
  };
}
