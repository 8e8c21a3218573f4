import { useEffect, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { adoptDrafts, saveDraftNow, saveDraftSoon } from "../../../live/draft-sync";
import { type Draft, type DraftKind, EMPTY_DRAFT, keepDraft, readDraft } from "../../../live/drafts";

const PAUSE_MS = 300;
/** All drafts are asked for together, so that opening a conversation costs no call for them. */
const MINUTE_MS = 60_000;

/** The draft of this conversation and kind; kept while it is written, and when the page goes. */
export function useDraft(agentId: string, conversationId: string, kind: DraftKind): [Draft, (draft: Draft) => void] {
  const [draft, setDraft] = useState(() => readDraft(agentId, conversationId, kind));
  const of = useRef({ kind, draft });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** Only what was written here: another tab may have written, or sent it. */
  const flush = (): void => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    keepDraft(agentId, conversationId, of.current.kind, of.current.draft);
    saveDraftSoon(agentId, conversationId, of.current.kind);
  };
  const leave = (): void => {
    flush();
    saveDraftNow(agentId, conversationId, of.current.kind);
  };
  const show = (shown: DraftKind): void => {
    of.current = { kind: shown, draft: readDraft(agentId, conversationId, shown) };
    setDraft(of.current.draft);
  };
  if (of.current.kind !== kind) {
    leave();
    show(kind);
  }
  useEffect(() => {
    const whenHidden = (): void => void (document.visibilityState === "hidden" && leave());
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", whenHidden);
    return () => {
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", whenHidden);
      leave();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- reads what is current
  }, [agentId, conversationId]);
  const { dataUpdatedAt: adoptedAt } = useQuery({
    queryKey: ["drafts", agentId],
    queryFn: () => adoptDrafts(agentId, flush).then(() => null),
    staleTime: MINUTE_MS,
    // Back from another device.
    refetchOnWindowFocus: "always",
  });
  useEffect(() => {
    if (timer.current === undefined) show(of.current.kind);
    // oxlint-disable-next-line react/exhaustive-deps -- reads what is current
  }, [adoptedAt]);
  const change = (next: Draft): void => {
    of.current = { kind, draft: next };
    setDraft(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, PAUSE_MS);
    // At once: a sent draft must not come back.
    if (next === EMPTY_DRAFT) leave();
  };
  return [draft, change];
}
