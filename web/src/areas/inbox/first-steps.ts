import { useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { OverviewResponse } from "../../api/api.gen";
import { call } from "../../api/call";
import { useAccounts } from "../../api/reference";
import { may, session } from "../../api/session";
import { keep, readKept } from "../../kit/storage";

export const STEPS = ["connect", "write", "answer", "invite"] as const;
export type Step = (typeof STEPS)[number];

const ASK_AGAIN_MS = 4000;

const isComplete = (now: OverviewResponse): boolean =>
  now.total_conversations > 0 && now.period.first_responses > 0 && now.total_agents > 1;

/** A new organization's finished steps. Undefined: no step is left, they were put away, or the caller lacks a right. */
export function useFirstSteps(): { done: ReadonlySet<Step>; putAway: () => void } | undefined {
  const key = `first-steps:${session.get().profile?.id ?? ""}`;
  const [isAway, setAway] = useState(() => readKept(key, false));
  const isAsked = !isAway && may("integrations.manage") && may("analytics.view");
  const accounts = useAccounts();
  const sawOpen = useRef(false);
  const { data } = useQuery({
    queryKey: ["first-steps"],
    queryFn: () => call("GET /api/analytics/overview"),
    enabled: isAsked,
    refetchInterval: ({ state }) => (state.data && isComplete(state.data) ? false : ASK_AGAIN_MS),
  });
  if (!isAsked || !data) return undefined;
  const isDone: Record<Step, boolean> = {
    connect: accounts.length > 0,
    write: data.total_conversations > 0,
    answer: data.period.first_responses > 0,
    invite: data.total_agents > 1,
  };
  const done = new Set(STEPS.filter((step) => isDone[step]));
  // An organization that has them all behind it never sees them.
  if (done.size < STEPS.length) sawOpen.current = true;
  if (!sawOpen.current) return undefined;
  const putAway = (): void => (keep(key, true), setAway(true));
  return { done, putAway };
}
