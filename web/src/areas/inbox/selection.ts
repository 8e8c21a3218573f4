import { useCallback, useMemo, useState } from "react";

/** The conversations that are chosen for an action on all of them. */
export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  set: (ids: Iterable<string>) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** Another view begins with none. */
export function useSelection(viewKey: string): Selection {
  const [chosen, setChosen] = useState({ viewKey, ids: NONE });
  const ids = chosen.viewKey === viewKey ? chosen.ids : NONE;
  const set = useCallback((next: Iterable<string>) => setChosen({ viewKey, ids: new Set(next) }), [viewKey]);
  const toggle = useCallback(
    (id: string) =>
      setChosen((before) => {
        const next = new Set(before.viewKey === viewKey ? before.ids : NONE);
        if (!next.delete(id)) next.add(id);
        return { viewKey, ids: next };
      }),
    [viewKey],
  );
  return useMemo(() => ({ ids, set, toggle }), [ids, set, toggle]);
}
