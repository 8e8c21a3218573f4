import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { SavedView as SavedFilter } from "../../api/api.gen";
import { call } from "../../api/call";
import { toastProblem } from "../../api/problems";
import { session } from "../../api/session";
import { useStore } from "../../kit/store";
import { useIsListShown } from "../../live/inbox";
import type { ViewFilter } from "../../live/matches";
import { writeFilter } from "./view-params";
import type en from "./words/en";

/** Views that the agent has saved, on whichever device. */
interface SavedView {
  id: string;
  name: string;
  search: string;
}

interface SavedViews {
  /** Undefined: not known yet. */
  views: readonly SavedView[] | undefined;
  /** Undefined: nothing was refused. */
  error: unknown;
  again: () => void;
  isBusy: boolean;
  save: (filter: ViewFilter, words: typeof en) => void;
  forget: (id: string) => void;
}

const KEY = ["saved-views"];
const MAX_NAME = 60;

export function useSavedViews(): SavedViews {
  const ownSort = useStore(session).profile?.conversation_sort ?? "newest";
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: () => call("GET /api/saved-views"),
    // The list comes first.
    enabled: useIsListShown(),
  });
  const change = (work: () => Promise<(all: SavedFilter[]) => SavedFilter[]>): void => {
    setBusy(true);
    work()
      .then((changed) => queries.setQueryData<SavedFilter[]>(KEY, changed(queries.getQueryData(KEY) ?? [])))
      .catch((problem: unknown) => {
        toastProblem(problem);
        // Another device may have removed it.
        void refetch();
      })
      .finally(() => setBusy(false));
  };
  return {
    views: data?.map(({ id, name, filter }) => ({
      id,
      name,
      search: writeFilter({ sort: ownSort, ...filter }, ownSort),
    })),
    error: data ? undefined : (error ?? undefined),
    again: () => void refetch(),
    isBusy,
    save(filter, words) {
      const name = nameFor(filter, words).slice(0, MAX_NAME).trim();
      change(async () => {
        const made = await call("POST /api/saved-views", { body: { name, filter } });
        return (all) => [...all, made];
      });
    },
    forget: (id) =>
      change(async () => {
        await call("DELETE /api/saved-views/{id}", { params: { id } });
        return (all) => all.filter((one) => one.id !== id);
      }),
  };
}

/** Describes the filter in a few words. */
function nameFor({ status, channel, tag, unread, window, sla_status, q }: ViewFilter, words: typeof en): string {
  const parts = [
    q,
    ...(tag ?? []),
    ...(sla_status?.map((one) => words.sla[one]) ?? []),
    ...(channel?.map((one) => words.channels[one]) ?? []),
    unread && words.filters.unreadValues[unread],
    window && words.filters.windows[window],
  ].filter((part) => part !== undefined && part !== "");
  return parts.length > 0
    ? parts.join(", ")
    : (status ?? []).map((one) => words.statuses[one]).join(", ") || words.views.all;
}
