import { useEffect, useRef } from "react";
import { keep, readKept } from "./storage";
import { createStore, useStore } from "./store";

/**
 * An action that is possible now, by key and in the palette. A screen says its actions while it is shown; a later one
 * with the same key comes first.
 */
export interface Action {
  id: string;
  name: string;
  /** `j`, `Enter`, `/`, or a sequence: `g i`. Letters act outside fields only. */
  key?: string;
  /** Heading in the list of shortcuts. */
  group?: string;
  /** Icons and the like are left to who shows it. */
  run: () => void;
  /** Repeats while the key is held. */
  repeats?: boolean;
  /** In the palette too. Default true. */
  isListed?: boolean;
}

const sets = createStore<readonly (readonly Action[])[]>([]);

/** All actions, the latest first. */
export const useAllActions = (): readonly Action[] => useStore(sets).toReversed().flat();

/** Offers actions as long as the component is shown. Their functions may change with every render. */
export function useActions(actions: readonly Action[]): void {
  const latest = useRef(actions);
  useEffect(() => void (latest.current = actions));
  const shape = JSON.stringify(actions.map(({ id, name, key, group, isListed }) => [id, name, key, group, isListed]));
  useEffect(() => {
    const offered = latest.current.map((action, i) => ({ ...action, run: () => latest.current[i]?.run() }));
    sets.update((all) => [...all, offered]);
    return () => sets.update((all) => all.filter((one) => one !== offered));
  }, [shape]);
}

export const shortcutsOn = createStore(readKept("shortcuts", true));
shortcutsOn.subscribe(() => void keep("shortcuts", shortcutsOn.get()));

let begun: { key: string; at: number } | undefined;
const SEQUENCE_MS = 1500;

/** Listens for the keys of all actions. Returns a function that stops. */
export function listenForKeys(target: EventTarget = document): () => void {
  const listener = (event: Event): void => onKey(event as KeyboardEvent);
  target.addEventListener("keydown", listener);
  return () => target.removeEventListener("keydown", listener);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || !isMeant(event)) return;
  const now = performance.now();
  const sequence = begun && now - begun.at < SEQUENCE_MS ? `${begun.key} ${event.key}` : undefined;
  begun = undefined;
  const actions = sets.get().toReversed().flat();
  const action =
    actions.find(({ key }) => key !== undefined && key === sequence) ?? actions.find(({ key }) => key === event.key);
  if (action) {
    if (event.repeat && !action.repeats) return;
    event.preventDefault();
    action.run();
  } else if (actions.some(({ key }) => key?.startsWith(`${event.key} `))) begun = { key: event.key, at: now };
}

/** No letter that is typed, composed, or part of another shortcut. Alt and AltGr write letters in many layouts. */
function isMeant(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.getModifierState("AltGraph")) return false;
  if (event.isComposing || event.keyCode === 229) return false;
  if (!shortcutsOn.get() && event.key !== "Escape") return false;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable=true], [role=dialog], [role=menu], [role=listbox]"))
    return false;
  // Keys by which a control itself is used.
  return !(target?.closest("button, a, [role=tab], audio, video") && (event.key === "Enter" || event.key === " "));
}
