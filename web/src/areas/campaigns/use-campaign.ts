import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { CampaignWithTemplate } from "../../api/api.gen";
import { call } from "../../api/call";
import { onFrames, onStreamBegin } from "../../live/inbox";

export type Campaign = CampaignWithTemplate;

/** Frames tell of each change of a status, but not of each message: while one is under way its counts are asked for. */
const COUNTS_MS = 2000;
/** Messages are delivered, read and answered for days. */
const OUTCOMES_MS = 10_000;
const isMoving = ({ status }: Campaign): boolean => status === "sending";

/** How often outcomes are asked for: not at all before the first message has left. */
export const outcomesEvery = ({ started_at: started }: Campaign): number | false => started !== null && OUTCOMES_MS;

export function useCampaign(id: string) {
  const refresh = useRefresh(id);
  useCampaignFrames((of) => of === id && void refresh());
  return useQuery({
    queryKey: ["campaign", id],
    queryFn: ({ signal }) => call("GET /api/campaigns/{id}", { params: { id }, signal }),
    refetchInterval: ({ state: { data } }) => data !== undefined && (isMoving(data) ? COUNTS_MS : outcomesEvery(data)),
  });
}

/** Asks again for all that is known of a campaign. */
export function useRefresh(id: string): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    Promise.all([["campaign", id], ["campaigns"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** Calls with the id of a campaign that has changed; with undefined when changes may have been missed. */
export function useCampaignFrames(onChange: (id: string | undefined) => void): void {
  useEffect(() => {
    const stops = [
      onFrames((frame) => frame.type.startsWith("campaign.") && "entity_id" in frame && onChange(frame.entity_id)),
      onStreamBegin(() => onChange(undefined)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  });
}

/** The list, newest first. Figures of what is under way follow. */
export const LIST_MS = 5000;
export const isAnyMoving = (campaigns: readonly Campaign[]): boolean => campaigns.some(isMoving);

/** Everyone who needs no more work: reached, failed, skipped. */
export const doneOf = ({ total_recipients: total, pending_count: pending }: Campaign): number => total - pending;
