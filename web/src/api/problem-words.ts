import { whenIdle } from "../kit/soon";
import { defineWords, locale } from "../kit/words";

/** A sentence for every code of the API. A test compares the list with the code. */
export const problemWords = defineWords({
  en: () => import("./problems/en"),
  id: () => import("./problems/id"),
});

/** Their file comes with the first problem, or when nothing else is to be done. Without it a sentence for all is said. */
export const loadProblemWords = (): Promise<void> => problemWords.load(locale.get()).catch(() => undefined);
whenIdle(loadProblemWords);
