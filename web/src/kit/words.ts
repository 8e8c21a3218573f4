import { createStore, useStore } from "./store";

/**
 * The words of the interface. A set is a module of each language, of one type, so that none can be missing; only the
 * language that is shown is loaded. A screen awaits its set before it is drawn (areas/area.ts).
 */
export type Locale = "en" | "id";
export const LOCALES: Readonly<Record<Locale, string>> = { en: "English", id: "Bahasa Indonesia" };

export interface WordSet<T> {
  load(locale: Locale): Promise<void>;
  get(): T;
  /** undefined: not loaded. */
  known(): T | undefined;
}

type Loader<T> = () => Promise<{ default: T }>;

const KEPT = "locale";
const isLocale = (value: unknown): value is Locale => value === "en" || value === "id";
const ofBrowser = (): Locale => (navigator.language.toLowerCase().startsWith("id") ? "id" : "en");

function initialLocale(): Locale {
  const kept = localStorage.getItem(KEPT);
  return isLocale(kept) ? kept : ofBrowser();
}

export const locale = createStore<Locale>(initialLocale());
document.documentElement.lang = locale.get();

const sets: WordSet<unknown>[] = [];

export function defineWords<T>(loaders: Record<Locale, Loader<T>>): WordSet<T> {
  let words: T | undefined;
  const set: WordSet<T> = {
    async load(wanted) {
      words = (await loaders[wanted]()).default;
      if (!sets.includes(set)) sets.push(set);
    },
    known: () => words,
    get() {
      if (words === undefined) throw new Error("words are read before they are loaded");
      return words;
    },
  };
  return set;
}

export function useWords<T>(set: WordSet<T>): T {
  useStore(locale);
  return set.get();
}

export async function setLocale(next: Locale): Promise<void> {
  await Promise.all(sets.map((set) => set.load(next)));
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next;
  locale.set(next);
}
