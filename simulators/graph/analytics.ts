/** A business account's analytics, counted from the simulator's messages. Meta: Business Management API, analytics. */
import { graphError, unknownNode } from "./errors.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import type { Json, ReceivedMessage } from "./state.ts";

const DAY = 86_400;
/** An assumed price in the account's currency: a template costs, a reply inside the window is free. */
const PRICE = 0.02;

const fieldNames = ["analytics", "conversation_analytics", "pricing_analytics"];
const granularities: Record<string, readonly string[]> = {
  analytics: ["HALF_HOUR", "DAY", "MONTH"],
  conversation_analytics: ["HALF_HOUR", "DAILY", "MONTHLY"],
  pricing_analytics: ["HALF_HOUR", "DAILY", "MONTHLY"],
};

/** Parses `analytics.start(1).end(2)…,pricing_analytics…` into fields with their arguments as text. */
function fieldsOf(text: string): { name: string; args: Record<string, string> }[] {
  return text
    .split(/,(?=\w*analytics\b)/)
    .map((part) => part.split("."))
    .filter(([name = ""]) => fieldNames.includes(name))
    .map(([name = "", ...calls]) => ({
      name,
      args: Object.fromEntries(
        calls.flatMap((call) => [...call.matchAll(/^(\w+)\((.*)\)$/g)].map(([, key = "", value = ""]) => [key, value])),
      ),
    }));
}

export const asksForAnalytics = (fields: string | null): boolean => fields !== null && fieldsOf(fields).length > 0;

/** GET /{waba_id}?fields=analytics.start(…).end(…).granularity(…) */
export function getAnalytics({ id, url, simulation }: GraphCall): Response {
  const answer: Json = {};
  for (const { name, args } of fieldsOf(url.searchParams.get("fields") ?? "")) {
    const refusal = refuse(name, args, simulation);
    if (refusal) return refusal;
    const messages = messagesOf(simulation, id, args);
    // Meta omits the field for an account without messages.
    if (messages.length > 0)
      answer[name] =
        name === "analytics"
          ? messaging(messages, args, simulation)
          : { data: [{ data_points: priced(name, messages, args) }] };
  }
  return Response.json({ ...answer, id });
}

function refuse(name: string, args: Record<string, string>, { now }: Simulation): Response | undefined {
  for (const required of ["start", "end", "granularity"]) {
    if (args[required] === undefined)
      return graphError(100, { message: `(#100) The parameter ${required} is required.` });
  }
  if (!granularities[name]!.includes(args.granularity!))
    return graphError(100, {
      message: `(#100) Param granularity must be one of {${granularities[name]!.join(", ")}} - got "${args.granularity}".`,
    });
  if (Number(args.start) >= Number(args.end))
    return graphError(100, { message: "(#100) The start date must be before the end date." });
  if (Number(args.start) < now() / 1000 - 367 * DAY)
    return graphError(100, { message: "(#100) The start date is more than one year ago." });
  return undefined;
}

function messagesOf(
  { state }: Simulation,
  wabaId: string,
  { start, end, phone_numbers: wanted = "[]" }: Record<string, string>,
): ReceivedMessage[] {
  const only = JSON.parse(wanted) as string[];
  return state.messages.filter(({ phoneNumberId, at }) => {
    const number = state.numbers.get(phoneNumberId);
    const isAsked = only.length === 0 || only.includes(number?.displayPhoneNumber ?? "");
    return number?.wabaId === wabaId && isAsked && at >= Number(start) * 1000 && at < Number(end) * 1000;
  });
}

const reached = ({ statuses }: ReceivedMessage, ...any: string[]): boolean =>
  statuses.some((status) => any.includes(status));
const count = (messages: readonly ReceivedMessage[], ...statuses: string[]): number =>
  messages.filter((message) => reached(message, ...statuses)).length;

/** Start and end of the half hour, day or month (UTC) that contains `at`. Unix seconds. */
function periodOf(granularity: string, at: number): { start: number; end: number } {
  if (granularity.startsWith("MONTH")) {
    const date = new Date(at * 1000);
    const first = (months: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months) / 1000;
    return { start: first(0), end: first(1) };
  }
  const length = granularity === "HALF_HOUR" ? 1800 : DAY;
  const start = Math.floor(at / length) * length;
  return { start, end: start + length };
}

function byPeriod(
  messages: readonly ReceivedMessage[],
  granularity: string,
): [period: { start: number; end: number }, messages: ReceivedMessage[]][] {
  const groups = new Map<number, ReceivedMessage[]>();
  for (const message of messages) {
    const { start } = periodOf(granularity, message.at / 1000);
    groups.set(start, [...(groups.get(start) ?? []), message]);
  }
  return [...groups].toSorted(([a], [b]) => a - b).map(([start, theirs]) => [periodOf(granularity, start), theirs]);
}

function messaging(
  messages: readonly ReceivedMessage[],
  { granularity = "DAY" }: Record<string, string>,
  { state }: Simulation,
): Json {
  const numbers = new Set(messages.map(({ phoneNumberId }) => state.numbers.get(phoneNumberId)?.displayPhoneNumber));
  return {
    phone_numbers: [...numbers],
    country_codes: [],
    granularity,
    data_points: byPeriod(messages, granularity).map(([period, theirs]) => ({
      ...period,
      sent: theirs.length,
      delivered: count(theirs, "delivered", "read"),
    })),
  };
}

/**
 * Rows of `conversation_analytics` (one conversation per customer and period) or `pricing_analytics` (delivered
 * messages).
 */
function priced(
  name: string,
  messages: readonly ReceivedMessage[],
  { granularity = "DAILY", dimensions = "[]" }: Record<string, string>,
): Json[] {
  const asked = JSON.parse(dimensions) as string[];
  return byPeriod(messages, granularity).flatMap(([period, theirs]) =>
    [true, false].flatMap((isTemplate): Json[] => {
      const some = theirs.filter((message) => (message.type === "template") === isTemplate);
      if (some.length === 0) return [];
      const category = isTemplate ? "UTILITY" : "SERVICE";
      const delivered = count(some, "delivered", "read");
      const cost = isTemplate ? Math.round(delivered * PRICE * 100) / 100 : 0;
      if (name === "pricing_analytics") {
        return [
          {
            ...period,
            ...(asked.includes("PRICING_TYPE") && { pricing_type: isTemplate ? "REGULAR" : "FREE_CUSTOMER_SERVICE" }),
            ...(asked.includes("PRICING_CATEGORY") && { pricing_category: category }),
            volume: delivered,
            cost,
          },
        ];
      }
      return [
        {
          ...period,
          conversation: new Set(some.map(({ to, recipientUserId }) => to ?? recipientUserId)).size,
          ...(asked.includes("CONVERSATION_TYPE") && { conversation_type: "REGULAR" }),
          ...(asked.includes("CONVERSATION_CATEGORY") && { conversation_category: category }),
          cost,
        },
      ];
    }),
  );
}

interface Template {
  id: string;
  name: string;
  language: string;
}

const templateOf = ({ body }: ReceivedMessage): { name: string; language: string } => {
  const { name, language } = body.template as { name: string; language: { code: string } };
  return { name, language: language.code };
};

/** 16 digits, derived from the name and the language. */
export function templateId(name: string, language: string): string {
  let hash = 7n;
  for (const character of `${name}/${language}`)
    hash = (hash * 131n + BigInt(character.codePointAt(0) ?? 0)) % 10n ** 15n;
  return `1${String(hash).padStart(15, "0")}`;
}

/** The templates that an account has sent. The simulator knows no others. */
export function templatesOf(simulation: Simulation, wabaId: string): Template[] {
  const sent = messagesOf(simulation, wabaId, { start: "0", end: "1e12" }).filter(({ type }) => type === "template");
  const templates = sent
    .map(templateOf)
    .map(({ name, language }): [string, Template] => [
      templateId(name, language),
      { id: templateId(name, language), name, language },
    ]);
  return [...new Map(templates).values()];
}

const PAGE = 30;

/** GET /{waba_id}/template_analytics?start&end&granularity=daily&template_ids=[…]&metric_types=… */
export function getTemplateAnalytics({ id, url, simulation }: GraphCall): Response {
  const { insightsDisabled } = simulation.faults.current;
  if (insightsDisabled?.includes(id)) {
    return graphError(200_007, {
      message: "(#200007) Template Insights is not enabled",
      details: "Confirm template insights for this account before reading them.",
      httpStatus: 400,
    });
  }
  const query = Object.fromEntries(url.searchParams);
  for (const required of ["start", "end", "granularity", "template_ids"]) {
    if (!query[required]) return graphError(100, { message: `(#100) The parameter ${required} is required.` });
  }
  if (query.granularity!.toUpperCase() !== "DAILY")
    return graphError(100, { message: "(#100) Param granularity must be one of {DAILY}." });
  const ids = query.template_ids!.replace(/^\[|\]$/g, "").split(",");
  if (ids.length > 10) return graphError(100, { message: "(#100) Too many template ids: at most 10." });
  if (Number(query.start) < simulation.now() / 1000 - 91 * DAY)
    return graphError(100, { message: "(#100) The start date is more than 90 days ago." });
  if (ids.some((one) => !/^\d+$/.test(one))) return unknownNode("GET", ids.join());
  const templates = templatesOf(simulation, id).filter((template) => ids.includes(template.id));
  const points = templates.flatMap((template) => {
    const theirs = messagesOf(simulation, id, query).filter(
      (message) =>
        message.type === "template" &&
        templateId(templateOf(message).name, templateOf(message).language) === template.id,
    );
    return byPeriod(theirs, "DAILY").map(([period, some]) => {
      const delivered = count(some, "delivered", "read");
      return {
        template_id: template.id,
        ...period,
        sent: some.length,
        delivered,
        read: count(some, "read"),
        cost: [
          { type: "amount_spent", value: Math.round(delivered * PRICE * 100) / 100 },
          { type: "cost_per_delivered", value: PRICE },
        ],
      };
    });
  });
  const from = Number(query.after ?? 0);
  const more = points.length > from + PAGE;
  return Response.json({
    data: [{ granularity: "DAILY", product_type: "cloud_api", data_points: points.slice(from, from + PAGE) }],
    paging: { cursors: { before: String(from), after: String(from + PAGE) }, ...(more && { next: url.href }) },
  });
}
