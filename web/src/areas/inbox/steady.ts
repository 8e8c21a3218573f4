import { useRef, useState } from "react";
import type { ListEntry } from "../../live/list";

/**
 * The list as it is drawn. While somebody points at it or moves in it, no row moves under them: changes wait
 * for a press.
 */
export interface Steady {
  entries: readonly ListEntry[];
  /** How many rows would move up or come in. */
  waiting: number;
  release: () => void;
  /** To be spread on the list's element. */
  hold: {
    onPointerEnter: (event: React.PointerEvent) => void;
    onPointerLeave: () => void;
    onFocus: (event: React.FocusEvent) => void;
    onBlur: (event: React.FocusEvent) => void;
  };
}

export function useSteady(entries: readonly ListEntry[], viewKey: string): Steady {
  const [isHeld, setHeld] = useState({ pointer: false, focus: false });
  const held = useRef({ viewKey, entries });
  const [, redraw] = useState(0);
  const mustHold =
    (isHeld.pointer || isHeld.focus) && held.current.viewKey === viewKey && held.current.entries.length > 0;
  if (!mustHold || onlyGrows(held.current.entries, entries)) held.current = { viewKey, entries };
  const shown = held.current.entries;
  return {
    entries: shown,
    waiting: shown === entries ? 0 : countMoved(shown, entries),
    release() {
      held.current = { viewKey, entries };
      redraw((n) => n + 1);
    },
    hold: {
      onPointerEnter: ({ pointerType }) =>
        pointerType === "mouse" && setHeld((before) => ({ ...before, pointer: true })),
      onPointerLeave: () => setHeld((before) => ({ ...before, pointer: false })),
      // A click leaves the focus there too: only who moves by keys is in the list.
      onFocus: ({ target }) => target.matches(":focus-visible") && setHeld((before) => ({ ...before, focus: true })),
      onBlur: ({ currentTarget, relatedTarget }) =>
        !currentTarget.contains(relatedTarget) && setHeld((before) => ({ ...before, focus: false })),
    },
  };
}

/** More rows at the end move nothing. */
function onlyGrows(before: readonly ListEntry[], after: readonly ListEntry[]): boolean {
  const loaded = before.findIndex(({ id }) => id === undefined);
  const length = loaded === -1 ? before.length : loaded;
  return after.length >= length && before.slice(0, length).every(({ id }, i) => after[i]?.id === id);
}

/** Rows that stand further up than before, or were not there. */
export function countMoved(before: readonly ListEntry[], after: readonly ListEntry[]): number {
  const remaining = new Set(after.map(({ id }) => id));
  let [moved, at] = [0, 0];
  for (const { id } of after) {
    if (id === undefined) break;
    // Rows that are gone, or that were met further up.
    while (at < before.length && !remaining.has(before[at]!.id)) at++;
    if (before[at]?.id === id) at++;
    else moved++;
    remaining.delete(id);
  }
  return Math.max(1, moved);
}
