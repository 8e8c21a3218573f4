import { type ComponentType, lazy, type LazyExoticComponent } from "react";

/** Files that are not needed for the first paint are fetched when it is over, so that nobody waits for them later. */
const waiting: (() => Promise<unknown>)[] = [];
const PATIENCE_MS = 1500;

/** A component in a chunk of its own, fetched when the browser is idle or when it is first drawn. */
export function soon<Props>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  waiting.push(load);
  return lazy(load) as LazyExoticComponent<ComponentType<Props>>;
}

/** Fetches what waits. A failure is met again, and handled, where the component is drawn. */
export function fetchWhenIdle(): void {
  const whenIdle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 200));
  setTimeout(
    () => whenIdle(() => waiting.splice(0).forEach((load) => void load().catch(() => undefined))),
    PATIENCE_MS,
  );
}
