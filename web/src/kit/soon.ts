import { type ComponentType, lazy, type LazyExoticComponent } from "react";

/** Files that are not needed for the first paint are fetched when it is over, so that nobody waits for them later. */
const waiting: (() => Promise<unknown>)[] = [];
const PATIENCE_MS = 1500;

const AGAIN_MS = 1000;

/**
 * Loads a file, and waits while the server cannot be reached. For a file that the server no longer has, the page is loaded
 * anew; one that is missing after that is an error.
 */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (let wasServed = false; ;)
    try {
      return await load();
    } catch (error) {
      const isThere = await isServed();
      // The line may have come back since the file was asked for.
      if (isThere && wasServed) {
        if (!reloadOnce()) throw error;
        // Nothing is drawn until the page goes.
        await new Promise(() => undefined);
      }
      wasServed = isThere;
      if (!isThere) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
}

const isServed = (): Promise<boolean> =>
  fetch("/app/", { method: "HEAD", cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Fetches a file when the browser is idle. */
export const whenIdle = (load: () => Promise<unknown>): void => void waiting.push(load);

const GUARD = "reloaded-for-chunk";
const CALM_MS = 30_000;
let isReloading = false;

/** Brings the files of a new version. Returns whether it does: once is enough, and drafts are kept on the device. */
function reloadOnce(): boolean {
  if (isReloading || sessionStorage.getItem(GUARD) !== null) return isReloading;
  isReloading = true;
  sessionStorage.setItem(GUARD, "1");
  location.reload();
  return true;
}
// The page has come up: a later deploy may reload it once more.
setTimeout(() => sessionStorage.removeItem(GUARD), CALM_MS);

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
