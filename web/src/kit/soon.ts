import { type ComponentType, lazy, type LazyExoticComponent } from "react";

/** Files that are not needed for the first paint are fetched when it is over, so that nobody waits for them later. */
const waiting: (() => Promise<unknown>)[] = [];
const PATIENCE_MS = 1500;

const AGAIN_MS = 1000;

/** Loads a file, and waits while the server cannot be reached. A file that the server no longer has is an error. */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await load();
    } catch (error) {
      if (await isServed()) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
}

export const isServed = (): Promise<boolean> =>
  fetch("/app/", { method: "HEAD", cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Fetches a file when the browser is idle. */
export const whenIdle = (load: () => Promise<unknown>): void => void waiting.push(load);

/** A component in a chunk of its own, fetched when the browser is idle or when it is first drawn. */
export function soon<Props>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  whenIdle(load);
  return lazy(() => patiently(load)) as LazyExoticComponent<ComponentType<Props>>;
}

/** Fetches what waits. A failure is met again, and handled, where the component is drawn. */
export function fetchWhenIdle(): void {
  const idle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 200));
  setTimeout(() => idle(() => waiting.splice(0).forEach((load) => void load().catch(() => undefined))), PATIENCE_MS);
}
