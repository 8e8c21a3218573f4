import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { AnalyticsFigures } from "../../api/api.gen";
import { type Answer, call } from "../../api/call";
import { count } from "../../kit/figures";
import { lengthOf, type Range } from "./days";
import { dayName, fullDay, monthName, shortSpan, span } from "./figures";

/** Options of the screens' queries; each asks the days shown and those before. Days that have passed seldom change. */
const asked = { placeholderData: keepPreviousData, staleTime: 60_000 } as const;

export type Granularity = Answer<"GET /api/analytics/trends">["granularity"];
/** At most one; empty: the organization. */
export type Scope = Partial<Record<"channel" | "account_id" | "agent_id" | "division_id", string>>;

export const fitting = (range: Range): Granularity =>
  lengthOf(range) <= 62 ? "day" : lengthOf(range) <= 200 ? "week" : "month";

export const useTrends = (range: Range, granularity: Granularity = fitting(range), scope: Scope = {}) =>
  useQuery({
    ...asked,
    queryKey: ["analytics", "trends", range, granularity, scope],
    queryFn: () =>
      call("GET /api/analytics/trends", { query: { ...range, granularity, ...(scope as { channel?: "email" }) } }),
  });

export const useOverview = (range: Range) =>
  useQuery({
    ...asked,
    queryKey: ["analytics", "overview", range],
    queryFn: () => call("GET /api/analytics/overview", { query: range }),
  });

export const useAgentFigures = (range: Range) =>
  useQuery({
    ...asked,
    queryKey: ["analytics", "agents", range],
    queryFn: () => call("GET /api/analytics/agents", { query: range }),
  });

export const useChannelFigures = (range: Range) =>
  useQuery({
    ...asked,
    queryKey: ["analytics", "channels", range],
    queryFn: () => call("GET /api/analytics/channels", { query: range }),
  });

export const useCsat = (range: Range) =>
  useQuery({
    ...asked,
    queryKey: ["analytics", "csat", range],
    queryFn: () => call("GET /api/analytics/csat", { query: range }),
  });

/** The figures of a period, in the order in which they are shown. */
export const METRICS = [
  "conversations_new",
  "conversations_reopened",
  "conversations_resolved",
  "conversations_assigned",
  "messages_received",
  "messages_sent",
  "first_responses",
  "first_response_median_secs",
  "first_response_p90_secs",
  "resolution_median_secs",
] as const satisfies readonly (keyof AnalyticsFigures)[];
export type Metric = (typeof METRICS)[number];

export const isTime = (metric: Metric): boolean => metric.endsWith("_secs");
export const goodOf = (metric: Metric): "up" | "down" | undefined =>
  isTime(metric) ? "down" : metric === "conversations_resolved" || metric === "first_responses" ? "up" : undefined;
export const written = (metric: Metric, value: number | null): string =>
  value === null ? "–" : isTime(metric) ? span(value) : count(value);
export const axisOf = (metric: Metric): ((value: number) => string) => (isTime(metric) ? shortSpan : count);

export const pointName = (date: string, granularity: Granularity): string =>
  granularity === "month" ? monthName(date) : dayName(date);
export const fullPointName = (date: string, granularity: Granularity, week: (day: string) => string): string =>
  granularity === "month" ? monthName(date) : granularity === "week" ? week(dayName(date)) : fullDay(date);
