import { useQuery } from "@tanstack/react-query";
import { useLocation, useSearch } from "wouter";
import { call, serverNow } from "../../api/call";
import { keep, readKept } from "../../kit/storage";
import { before, type Range, rangeOf, readRange, type Span, todayIn, writeRange } from "./days";

/** The days that are shown, those before, and how to choose others. */
export interface Period {
  chosen: Span | Range;
  range: Range;
  before: Range;
  today: string;
  timezone: string;
  choose: (next: Span | Range) => void;
}

const KEPT = "analytics-range";

/** The address names the days, so that a link shows the same; a screen without them shows the agent's last. */
export function usePeriod() {
  const search = useSearch();
  const [path, go] = useLocation();
  // The figures' zone, which needs no right of the settings.
  const zone = useQuery({
    queryKey: ["analytics", "zone"],
    queryFn: async () => (await call("GET /api/analytics/overview")).period.timezone,
    staleTime: 600_000,
  });
  const chosen = readRange(search) ?? readRange(readKept(KEPT, "")) ?? "14d";
  const choose = (next: Span | Range): void => {
    const params = new URLSearchParams(search);
    for (const name of ["range", "from", "to"]) params.delete(name);
    const text = [params.toString(), writeRange(next)].filter((part) => part !== "").join("&");
    keep(KEPT, writeRange(next));
    go(`${path}?${text}`);
  };
  const timezone = zone.data;
  const periodIn = (known: string): Period => {
    const today = todayIn(known, serverNow());
    const range = typeof chosen === "string" ? rangeOf(chosen, today) : chosen;
    return { chosen, range, before: before(range), today, timezone: known, choose };
  };
  return { zone, period: timezone === undefined ? undefined : periodIn(timezone) };
}
