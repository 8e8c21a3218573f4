import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/call";
import { locale } from "../../kit/words";

/** Times of the organization, not of the browser: a campaign leaves at nine in its own zone, wherever its author is. */

/** The organization's zone, undefined until it is known; the browser's, where the caller may not read it. */
export function useZone(): string | undefined {
  const { data, isError } = useQuery({
    queryKey: ["timezone"],
    queryFn: () => call("GET /api/settings/timezone"),
    staleTime: Infinity,
  });
  return isError ? new Intl.DateTimeFormat().resolvedOptions().timeZone : data?.timezone;
}

/** As the field `datetime-local` writes it: `2026-12-24T09:00`. */
export function localIn(at: number, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    ...(zone !== undefined && { timeZone: zone }),
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The moment at which the clocks of the zone show this: the first of two, or the one after it if they skip it. */
export function momentOf(local: string, zone: string | undefined): number {
  const wanted = Date.parse(`${local}Z`);
  const offsetAt = (at: number): number => Date.parse(`${localIn(at, zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  const first = wanted - offsetAt(wanted);
  return wanted - offsetAt(first);
}

export const dateIn = (at: string | number, zone: string | undefined): string =>
  new Intl.DateTimeFormat(locale.get() === "id" ? "id-ID" : "en-GB", {
    ...(zone !== undefined && { timeZone: zone }),
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(at));
