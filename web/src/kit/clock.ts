import { useSyncExternalStore } from "react";

/** One clock for the page, so that all that counts down agrees. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(tick, 5000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}
/** A tab in the background ticks once a minute: it catches up when it is looked at. */
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tick());

/** Milliseconds since 1970, newer every five seconds; rounded down to `stepMs`, so that fewer are drawn. */
export const useNow = (stepMs = 5000): number =>
  useSyncExternalStore(subscribe, () => Math.floor(now / stepMs) * stepMs);
