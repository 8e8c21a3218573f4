/** Keeps an agent's data in this browser. Storage may be full or forbidden: then it is kept while the tab lives. */
const inTab = new Map<string, string>();

export function readKept<T>(key: string, otherwise: T): T {
  const text = inTab.get(key) ?? safely(() => localStorage.getItem(key));
  if (text === null || text === undefined) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}

/** Returns whether it survives the tab. */
export function keep(key: string, value: unknown): boolean {
  const text = JSON.stringify(value);
  inTab.delete(key);
  if (safely(() => (localStorage.setItem(key, text), true)) === true) return true;
  inTab.set(key, text);
  return false;
}

export function forgetKept(key: string): void {
  inTab.delete(key);
  safely(() => localStorage.removeItem(key));
}

export const keptKeys = (prefix: string): string[] =>
  [...new Set([...(safely(() => Object.keys(localStorage)) ?? []), ...inTab.keys()])].filter((key) =>
    key.startsWith(prefix),
  );

function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
