import { useEffect, useRef, useState } from "react";
import { type Draft, type DraftKind, EMPTY_DRAFT, keepDraft, readDraft } from "../../../live/drafts";

const PAUSE_MS = 300;

/** The draft of this conversation and kind; kept while it is written, and when the page goes. */
export function useDraft(agentId: string, conversationId: string, kind: DraftKind): [Draft, (draft: Draft) => void] {
  const [draft, setDraft] = useState(() => readDraft(agentId, conversationId, kind));
  const of = useRef({ kind, draft });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const save = (): void => keepDraft(agentId, conversationId, of.current.kind, of.current.draft);
  if (of.current.kind !== kind) {
    clearTimeout(timer.current);
    save();
    of.current = { kind, draft: readDraft(agentId, conversationId, kind) };
    setDraft(of.current.draft);
  }
  useEffect(() => {
    addEventListener("pagehide", save);
    return () => {
      removeEventListener("pagehide", save);
      clearTimeout(timer.current);
      save();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- reads what is current
  }, [agentId, conversationId]);
  const change = (next: Draft): void => {
    of.current = { kind, draft: next };
    setDraft(next);
    clearTimeout(timer.current);
    // At once: a sent draft must not come back.
    if (next === EMPTY_DRAFT) save();
    else timer.current = setTimeout(save, PAUSE_MS);
  };
  return [draft, change];
}
