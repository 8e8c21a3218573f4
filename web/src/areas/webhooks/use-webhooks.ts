import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { OutgoingWebhook } from "../../api/api.gen";
import { call } from "../../api/call";
import { onFrames } from "../../live/inbox";

export type Webhook = OutgoingWebhook;

const LIST_MS = 15_000;

/** The organization has few of them, so that the list is read whole. */
export function useWebhooks() {
  const changed = useWebhooksChanged();
  useEffect(() => onFrames((frame) => void (frame.type === "webhook.disabled" && changed())));
  return useQuery({
    queryKey: ["webhooks"],
    queryFn: ({ signal }) => call("GET /api/webhooks", { signal }),
    refetchInterval: LIST_MS,
  });
}

/** Asks again for all that a change of a webhook, or a delivery, shows in. */
export function useWebhooksChanged(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      [["webhooks"], ["webhook-deliveries"], ["webhook-statistics"]].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
}

export const useEventTypes = () =>
  useQuery({ queryKey: ["webhook-events"], queryFn: () => call("GET /api/webhooks/events"), staleTime: Infinity });
