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

const WhatsAppMessageAnalytics = z
  .object({
    ...AnswerFields,
    granularity: z.enum(["day", "month"]),
    phone_numbers: z.array(z.string()).openapi({ description: "Phone numbers included in the figures" }),
    data: z
      .array(
        z.object({
          start: z.iso.datetime().openapi({ description: "Beginning of the interval" }),
          end: z.iso.datetime().openapi({ description: "End of the interval" }),
          sent: z.int().openapi({ description: "Messages sent" }),
          delivered: z.int().openapi({ description: "Messages delivered" }),
        }),
      )
      .openapi({ description: "Days or months as Meta delimits them; empty ones are omitted" }),
    total: z.object({
      sent: z.int().openapi({ description: "Messages sent" }),
      delivered: z.int().openapi({ description: "Messages delivered" }),
    }),
  })
  .openapi("WhatsAppMessageAnalytics");

export default operation({
  id: "getWhatsAppMessageAnalytics",
  summary: "WhatsApp message analytics",
  description:
    "Messages sent and delivered by a WhatsApp Business Account, as counted by Meta, including those that other software sent. Meta keeps one year.",
  query: Query,
  response: WhatsAppMessageAnalytics,
  problems: whatsappProblems,
  handle: ({ ctx, query }) => getWhatsAppMessages(ctx, query),
});

export async function getWhatsAppMessages(
  ctx: Ctx,
  query: z.output<typeof Query>,
): Promise<z.infer<typeof WhatsAppMessageAnalytics>> {
  const { timezone, today } = await calendarOf(ctx);
  const range = rangeOf(query, today);
  const { granularity, phone_number: phoneNumber } = query;
  const { answer, ...source } = await askInsights(ctx, query.account_id, "messages", {
    ...secondsOf(range, timezone),
    granularity,
    phoneNumber,
  });
  return {
    ...source,
    waba_id: answer.ownerId,
    ...range,
    timezone,
    granularity,
    phone_numbers: answer.phoneNumbers,
    data: answer.data.map((point) => ({ ...point, start: timeOf(point.start), end: timeOf(point.end) })),
    total: { sent: sumOf(answer.data, "sent"), delivered: sumOf(answer.data, "delivered") },
  };
}
