import { z } from "@hono/zod-openapi";
import {
  ChannelError,
  InsightsDisabledError,
  type ConversationInsights,
  type InsightQuestion,
  type MessageInsights,
  type TemplateInsights,
  type TemplateQuestion,
} from "../channel";
import { textOf } from "../json";
import { type GraphEndpoint, graphCall } from "../meta/graph";
import type { WhatsappConfig } from "./config";

/** Meta: WhatsApp Business Management API, analytics of a business account. Times are seconds since 1970. */

const count = z.coerce.number().catch(0);
const time = z.coerce.number();
const text = z
  .unknown()
  .optional()
  .transform((value) => textOf(value) ?? null);
/** A list from which invalid points are dropped. */
const points = <T extends z.ZodType>(point: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((list) => list.flatMap((one) => point.safeParse(one).data ?? []) as z.output<T>[]);

const messagePoint = z.looseObject({ start: time, end: time, sent: count, delivered: count });
const messageAnswer = z.looseObject({
  analytics: z
    .looseObject({ phone_numbers: z.array(z.coerce.string()).catch([]), data_points: points(messagePoint) })
    .optional(),
});

/** Sent and delivered messages. Intervals without messages are absent. */
export async function messageInsights(
  endpoint: GraphEndpoint,
  { access_token, waba_id }: WhatsappConfig,
  question: InsightQuestion,
): Promise<MessageInsights> {
  const fields = `analytics${rangeOf(question, { day: "DAY", month: "MONTH" })}${numbersOf(question)}`;
  const { analytics } = read(
    messageAnswer,
    await graphCall(endpoint, access_token, "GET", `${waba_id}?fields=${encodeURIComponent(fields)}`),
  );
  return {
    ownerId: waba_id,
    phoneNumbers: analytics?.phone_numbers ?? [],
    data: (analytics?.data_points ?? []).map(({ start, end, sent, delivered }) => ({ start, end, sent, delivered })),
  };
}

const conversationPoint = z.looseObject({
  start: time,
  end: time,
  conversation: count,
  cost: count,
  conversation_category: text,
  conversation_type: text,
});
const pricingPoint = z.looseObject({
  start: time,
  end: time,
  volume: count,
  cost: count,
  pricing_category: text,
  pricing_type: text,
});
const dataOf = <T extends z.ZodType>(point: T) =>
  z
    .looseObject({ data: z.array(z.looseObject({ data_points: points(point) })).catch([]) })
    .optional()
    .transform((answer) => answer?.data.flatMap((each) => each.data_points) ?? []);
const conversationAnswer = z.looseObject({
  conversation_analytics: dataOf(conversationPoint),
  pricing_analytics: dataOf(pricingPoint),
});

/**
 * Conversations as Meta defines them, by category and type, and delivered messages with their charges, on which its
 * prices depend since July 2025. One call for both.
 */
export async function conversationInsights(
  endpoint: GraphEndpoint,
  { access_token, waba_id }: WhatsappConfig,
  question: InsightQuestion,
): Promise<ConversationInsights> {
  const range = `${rangeOf(question, { day: "DAILY", month: "MONTHLY" })}${numbersOf(question)}`;
  const fields = `conversation_analytics${range}.dimensions(["CONVERSATION_CATEGORY","CONVERSATION_TYPE"]),pricing_analytics${range}.dimensions(["PRICING_CATEGORY","PRICING_TYPE"])`;
  const answer = read(
    conversationAnswer,
    await graphCall(endpoint, access_token, "GET", `${waba_id}?fields=${encodeURIComponent(fields)}`),
  );
  return {
    ownerId: waba_id,
    data: answer.conversation_analytics.map((point) => ({
      start: point.start,
      end: point.end,
      category: point.conversation_category,
      type: point.conversation_type,
      conversations: point.conversation,
      cost: point.cost,
    })),
    pricing: answer.pricing_analytics.map((point) => ({
      start: point.start,
      end: point.end,
      category: point.pricing_category,
      type: point.pricing_type,
      volume: point.volume,
      cost: point.cost,
    })),
  };
}

const template = z.looseObject({ id: z.coerce.string(), name: z.string(), language: text, category: text });
const templatePage = z.looseObject({ data: points(template) });
const templatePoint = z.looseObject({
  template_id: z.coerce.string(),
  start: time,
  end: time,
  sent: count,
  delivered: count,
  read: count,
  clicked: points(z.looseObject({ count })),
  cost: points(z.looseObject({ type: text, value: count })),
});
const templateAnswer = z.looseObject({
  data: z.array(z.looseObject({ data_points: points(templatePoint) })).catch([]),
  paging: z.looseObject({ next: text, cursors: z.looseObject({ after: text }).optional() }).optional(),
});

/** Meta's limit for one call. */
const TEMPLATES_PER_CALL = 10;
const MAX_PAGES = 10;

/** Statuses of templates' messages, by day in UTC; of the named templates, or of the account's first ones. */
export async function templateInsights(
  endpoint: GraphEndpoint,
  { access_token, waba_id }: WhatsappConfig,
  { start, end, templateIds, limit }: TemplateQuestion,
): Promise<TemplateInsights> {
  const list = `${waba_id}/message_templates?fields=id,name,language,category&limit=200`;
  const known = new Map(
    read(templatePage, await graphCall(endpoint, access_token, "GET", list)).data.map((each) => [each.id, each]),
  );
  const ids = templateIds ?? [...known.keys()].slice(0, limit);
  const groups = Array.from({ length: Math.ceil(ids.length / TEMPLATES_PER_CALL) }, (_, i) =>
    ids.slice(i * TEMPLATES_PER_CALL, (i + 1) * TEMPLATES_PER_CALL),
  );
  const found = (
    await Promise.all(groups.map((group) => templatePoints(endpoint, access_token, waba_id, { start, end }, group)))
  ).flat();
  return {
    ownerId: waba_id,
    templates: ids.map((id) => ({
      template_id: id,
      name: known.get(id)?.name ?? null,
      language: known.get(id)?.language ?? null,
      category: known.get(id)?.category ?? null,
      data: found
        .filter((point) => point.template_id === id && point.start < end)
        .map((point) => ({
          start: point.start,
          sent: point.sent,
          delivered: point.delivered,
          read: point.read,
          clicked: point.clicked.reduce((sum, button) => sum + button.count, 0),
          cost: point.cost.find((cost) => cost.type === "amount_spent")?.value ?? null,
        })),
    })),
  };
}

async function templatePoints(
  endpoint: GraphEndpoint,
  token: string,
  wabaId: string,
  { start, end }: Pick<TemplateQuestion, "start" | "end">,
  ids: readonly string[],
) {
  const query = `start=${start}&end=${end}&granularity=daily&metric_types=${encodeURIComponent("cost,clicked,delivered,read,sent")}&template_ids=${encodeURIComponent(`[${ids.join(",")}]`)}`;
  const found: z.output<typeof templatePoint>[] = [];
  let after = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const path = `${wabaId}/template_analytics?${query}${after}`;
    const answer = read(templateAnswer, await graphCall(endpoint, token, "GET", path).catch(asInsightsError));
    found.push(...answer.data.flatMap((each) => each.data_points));
    const cursor = answer.paging?.next ? answer.paging.cursors?.after : null;
    if (!cursor) break;
    after = `&after=${encodeURIComponent(cursor)}`;
  }
  return found;
}

/** Meta: template analytics, "template insights are not enabled". */
const INSIGHTS_DISABLED = "200007";

function asInsightsError(error: unknown): never {
  const isDisabled = error instanceof ChannelError && error.failure.code === INSIGHTS_DISABLED;
  throw isDisabled ? new InsightsDisabledError(error) : error;
}

const rangeOf = (
  { start, end, granularity }: InsightQuestion,
  words: Record<InsightQuestion["granularity"], string>,
): string => `.start(${start}).end(${end}).granularity(${words[granularity]})`;
const numbersOf = ({ phoneNumber }: InsightQuestion): string =>
  phoneNumber === undefined ? "" : `.phone_numbers(["${phoneNumber}"])`;

function read<T extends z.ZodType>(schema: T, answer: unknown): z.output<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ChannelError("transient", {
    code: "unreadable",
    title: "The channel's answer is not of a shape that we know",
  });
}
