import { useRef } from "react";
import { type Campaign, doneOf } from "./use-campaign";

interface Sample {
  at: number;
  done: number;
}
const SPAN_MS = 20_000;

/** Recipients done in a second over the last moments, as their counts were seen to rise; undefined: not known yet. */
export function usePace(campaign: Campaign): number | undefined {
  const samples = useRef<Sample[]>([]);
  if (campaign.status !== "sending") {
    samples.current = [];
    return undefined;
  }
  const now = Date.now();
  const done = doneOf(campaign);
  const last = samples.current.at(-1);
  if (!last || last.done !== done || now - last.at > 2000)
    samples.current = [...samples.current.filter(({ at }) => now - at < SPAN_MS), { at: now, done }];
  const first = samples.current[0]!;
  const seconds = (now - first.at) / 1000;
  return seconds < 2 ? undefined : (done - first.done) / seconds;
}
