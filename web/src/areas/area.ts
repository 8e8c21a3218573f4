import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import type { LucideIcon } from "lucide-react";
import { patiently } from "../kit/soon";
import { type Locale, locale, type WordSet } from "../kit/words";

/** A part of the console with an entry in the navigation: a folder of `areas/`, and a line in `areas/index.ts`. */
export interface Area {
  /** Below /app: `/inbox`. All addresses below it are the area's. */
  path: string;
  name: Readonly<Record<Locale, string>>;
  icon: LucideIcon;
  /** In the rail: above, or below; or among the settings only. */
  at: "top" | "bottom" | "settings";
  /** Whoever has none of these rights does not see the area; empty: everybody sees it. */
  rights: readonly string[];
  /** Whoever needs it knows its address: it is in no list and has no key. */
  isUnlisted?: boolean;
  /** `g` and this letter go there. */
  key: string;
  Page: LazyExoticComponent<ComponentType>;
}

interface AreaOptions extends Omit<Area, "Page"> {
  /** The screen, in a chunk of its own. */
  page: () => Promise<{ default: ComponentType }>;
  words: WordSet<unknown>;
}

export function defineArea({ page, words, ...area }: AreaOptions): Area {
  const load = async (): Promise<{ default: ComponentType }> => {
    const [loaded] = await Promise.all([page(), words.load(locale.get())]);
    return loaded;
  };
  return { ...area, Page: lazy(() => patiently(load)) };
}
