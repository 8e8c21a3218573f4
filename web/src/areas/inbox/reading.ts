import { useEffect } from "react";
import { call } from "../../api/call";
import { createStore, useStore } from "../../kit/store";
import { readsByAnswer } from "../../live/choices";
import { putConversation, useConversation } from "../../live/inbox";

/**
 * When a conversation counts as read: its end has been in sight for a second, in a tab that is looked at. Or, if the
 * agent has chosen so, only by an answer.
 */
const SEEN_MS = 1000;

/** The conversation whose end is in sight; its new messages are not counted as unread. */
const seen = createStore<string | undefined>(undefined);

export function useIsSeen(id: string): boolean {
  const inSight = useStore(seen);
  return inSight === id && !readsByAnswer.get();
}

export function useReading(id: string, isAtEnd: boolean): void {
  const unread = useConversation(id)?.unread_count ?? 0;
  const isVisible = useStore(visibility);
  const byAnswer = useStore(readsByAnswer);
  const isSeen = isAtEnd && isVisible && !byAnswer;
  useEffect(() => {
    if (!isSeen) return undefined;
    seen.set(id);
    return () => seen.set(undefined);
  }, [id, isSeen]);
  useEffect(() => {
    if (!isSeen || unread === 0) return undefined;
    const timer = setTimeout(() => void markRead(id), SEEN_MS);
    return () => clearTimeout(timer);
  }, [id, isSeen, unread]);
}

/** A failure leaves it unread, which is true. */
export const markRead = (id: string): Promise<void> =>
  call("POST /api/conversations/{id}/read", { params: { id } }).then(putConversation, () => undefined);

const visibility = createStore(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => visibility.set(document.visibilityState === "visible"));
