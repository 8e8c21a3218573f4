import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { session } from "../../api/session";
import { useStore } from "../../kit/store";
import { keep, readKept } from "../../kit/storage";
import type { ViewFilter } from "../../live/matches";
import { readFilter, VIEWS, writeFilter } from "./view-params";

/** The view that the address names, and how to change it. Without one, it is the agent's last. */
export interface CurrentView {
  filter: ViewFilter;
  /** The address's search, to be kept by links to conversations. */
  search: string;
  setFilter: (change: Partial<ViewFilter>) => void;
  hrefOf: (base: Partial<ViewFilter>) => string;
}

export function useView(): CurrentView {
  const search = useSearch();
  const [path, go] = useLocation();
  const { profile } = useStore(session);
  const ownSort = profile?.conversation_sort ?? "newest";
  const shown = search === "" ? lastView(profile?.permissions.includes("conversations.view_all") ?? false) : search;
  const filter = useMemo(() => readFilter(shown, ownSort), [shown, ownSort]);
  return useMemo(() => {
    if (search !== "") keep(KEPT, search);
    const written = writeFilter(filter, ownSort);
    return {
      filter,
      search: written,
      setFilter: (change) => go(`${path}${writeFilter({ ...filter, ...change }, ownSort)}`),
      hrefOf: (base) => `/${writeFilter({ sort: ownSort, ...base }, ownSort)}`,
    };
  }, [filter, ownSort, path, go, search]);
}

const KEPT = "last-view";
const lastView = (seesAll: boolean): string =>
  readKept(KEPT, writeFilter({ sort: "newest", ...(seesAll ? VIEWS.all : VIEWS.mine) }, "newest"));
