import type { ViewFilter } from "../../live/matches";
import { keep, readKept } from "../../kit/storage";
import { createStore, useStore } from "../../kit/store";
import type en from "./words/en";

/** Views that the agent has saved, on this device. */
interface SavedView {
  id: string;
  name: string;
  search: string;
}

const KEPT = "saved-views";
const saved = createStore<readonly SavedView[]>(readKept(KEPT, []));
saved.subscribe(() => void keep(KEPT, saved.get()));

export const useSavedViews = (): readonly SavedView[] => useStore(saved);

export function keepView(search: string, filter: ViewFilter, words: typeof en): void {
  saved.update((all) => [...all, { id: crypto.randomUUID(), name: nameFor(filter, words), search }]);
}

export const forgetView = (id: string): void => saved.update((all) => all.filter((one) => one.id !== id));

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
