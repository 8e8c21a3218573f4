import { useMemo, useRef, useState } from "react";
import { call } from "../../../api/call";
import { may } from "../../../api/session";
import type { Conversation } from "../../../live/matches";
import type { Thread } from "../../../live/threads";
import { loadOlder, openThread, useThreads } from "../../../live/threads";
import { type ThreadItem, threadItems } from "./thread-items";

/** The contact's other conversations above the open one, which begins where they end. */
export interface Earlier {
  items: readonly ThreadItem[];
  /** Whether something may still stand above what is shown. */
  hasMore: boolean;
  isLoading: boolean;
  /** Whether others are shown. */
  isEntered: boolean;
  /** Loads what stands above: older messages, then the next conversation. */
  loadMore: () => void;
}

const MOST = 100;

export function useEarlier(conversation: Conversation | undefined, thread: Thread): Earlier {
  const [others, setOthers] = useState<readonly Conversation[]>();
  const [count, setCount] = useState(0);
  const [isAsking, setAsking] = useState(false);
  const asked = useRef(false);
  const shown = useMemo(() => (others ?? []).slice(0, count), [others, count]);
  const threads = useThreads(shown.map(({ id }) => id));
  const items = useMemo(() => {
    if (shown.length === 0 || !conversation) return [];
    const above = shown.toReversed().flatMap((one, i): ThreadItem[] => [
      { kind: "conversation", key: `conversation ${one.id}`, conversation: one, isOpen: false },
      ...threadItems(threads[shown.length - 1 - i]!, []).map((item) =>
        // Two conversations may have the same day.
        item.kind === "message" ? { ...item, isEarlier: true } : { ...item, key: `${one.id} ${item.key}` },
      ),
    ]);
    return [...above, { kind: "conversation", key: "conversation", conversation, isOpen: true } satisfies ThreadItem];
  }, [shown, threads, conversation]);

  const topId = shown.at(-1)?.id ?? conversation?.id;
  const top = threads.at(-1) ?? thread;
  const next = async (contactId: string, openId: string): Promise<void> => {
    let found = others;
    if (!found) {
      const page = await call("GET /api/contacts/{id}/conversations", {
        params: { id: contactId },
        query: { limit: MOST },
      });
      found = page.data.filter(({ id }) => id !== openId);
      setOthers(found);
    }
    const following = found[count];
    if (!following) return;
    setCount(count + 1);
    await openThread(following.id);
  };
  const loadMore = (): void => {
    if (!conversation || topId === undefined || asked.current) return;
    if (typeof top.older === "string") return void loadOlder(topId);
    if (top.failure !== undefined) return void openThread(topId);
    if (top.older === undefined) return;
    asked.current = true;
    setAsking(true);
    next(conversation.contact_id, conversation.id)
      // Whoever scrolls or presses again asks again.
      .catch(() => undefined)
      .finally(() => {
        asked.current = false;
        setAsking(false);
      });
  };
  return {
    items,
    hasMore:
      may("contacts.view") &&
      (top.older === null || top.failure !== undefined) &&
      (others === undefined || count < others.length || top.failure !== undefined),
    isLoading: isAsking || top.isLoadingOlder,
    isEntered: count > 0,
    loadMore,
  };
}
