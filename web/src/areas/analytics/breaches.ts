import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { SlaBreachLog, SlaBreachPage } from "../../api/api.gen";
import { call } from "../../api/call";
import { may } from "../../api/session";
import { type Range, todayIn } from "./days";
import type { Period } from "./use-period";

/** A policy's newest breaches are read until they are older than the period before, or this many pages. */
const MAX_PAGES = 10;
const PAGE_ROWS = 100;

export interface Breach extends SlaBreachLog {
  /** In the organization's zone. */
  day: string;
}

/** Breaches of the days shown and of those before. Undefined without the right. */
export const useBreaches = ({ range, before, timezone }: Period) =>
  useQuery({
    queryKey: ["analytics", "breaches", range, timezone],
    enabled: may("sla.view"),
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const policies = await call("GET /api/sla/policies");
      const read = await Promise.all(policies.map(({ id }) => breachesSince(id, before.from, timezone)));
      const all = read.flatMap(({ breaches }) => breaches);
      const within = ({ from, to }: Range): Breach[] => all.filter(({ day }) => from <= day && day <= to);
      return { policies, now: within(range), before: within(before), isCut: read.some(({ isCut }) => isCut) };
    },
  });

async function breachesSince(id: string, from: string, timezone: string) {
  const breaches: Breach[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { data, next_cursor: next }: SlaBreachPage = await call("GET /api/sla/policies/{id}/breaches", {
      params: { id },
      query: { limit: PAGE_ROWS, ...(cursor !== null && { cursor }) },
    });
    breaches.push(...data.map((row) => ({ ...row, day: todayIn(timezone, Date.parse(row.breached_at)) })));
    cursor = next;
    if (cursor === null || (breaches.at(-1)?.day ?? from) < from) return { breaches, isCut: false };
  }
  return { breaches, isCut: true };
}
