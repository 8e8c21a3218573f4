import { call } from "../api/call";
import { may } from "../api/session";
import { createStore, useStore } from "../kit/store";
import { type AnyFrame, type Counting, type Counts, createCounting } from "./counting";
import type { Conversation } from "./matches";

/** The numbers beside the inbox's views: asked for once the list shows, and again only if a frame leaves them unsure. */

/** Unsure numbers are asked for again after this time, while the page is looked at. */
const AGAIN_MS = 60_000;

const shown = createStore<Counts | undefined>(undefined);
export const useCounts = (): Counts | undefined => useStore(shown);

export interface LiveCounts extends Pick<Counting, "know"> {
  hear(frame: AnyFrame, before: Conversation | undefined): void;
  begin(): void;
  /** The list is there, which goes before. */
  listShown(): void;
  viewChosen(): void;
  stop(): void;
}

export function startCounts(agentId: string): LiveCounts {
  const counting = createCounting(agentId, () => may("conversations.view_all"));
  let isDue = false;
  let isAsking = false;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function askLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      isDue = true;
      if (document.visibilityState === "visible") void ask();
    }, AGAIN_MS);
  }

  async function ask(): Promise<void> {
    if (isAsking || isOver) return;
    [isAsking, isDue] = [true, false];
    clearTimeout(timer);
    timer = undefined;
    counting.ask();
    try {
      counting.receive(await call("GET /api/conversations/counts"));
      if (isOver) return;
      shown.set(counting.counts());
      if (counting.isUnsure()) askLater();
    } catch {
      if (!isOver) askLater();
    } finally {
      isAsking = false;
    }
    if (isDue) void ask();
  }

  const askIfDue = (): void => void (isDue && document.visibilityState === "visible" && ask());
  document.addEventListener("visibilitychange", askIfDue);
  return {
    know: counting.know,
    hear(frame, before) {
      counting.hear(frame, before);
      shown.set(counting.counts());
      if (counting.isUnsure()) askLater();
    },
    begin() {
      counting.forget();
      isDue = true;
    },
    listShown: askIfDue,
    viewChosen() {
      if (counting.isUnsure()) void ask();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", askIfDue);
      shown.set(undefined);
    },
  };
}
