import { serverNow } from "../api/call";
import { forgetKept, keep, keptKeys, readKept } from "../kit/storage";

/** Drafts on this device, which draft-sync.ts brings to the server. Per conversation and kind: an answer's never shows in another conversation, nor as a note. */
export type DraftKind = "reply" | "note";

export interface Draft {
  text: string;
  /** The message that it answers. */
  replyTo?: string | undefined;
  /** The newest message when it was begun; undefined: it has no text, or there was none. */
  begunAfter?: string | undefined;
  /** Only emails have these four. */
  subject?: string | undefined;
  to?: string | undefined;
  cc?: string | undefined;
  bcc?: string | undefined;
}

export const EMPTY_DRAFT: Draft = { text: "" };

const keyOf = (agentId: string, conversationId: string, kind: DraftKind): string =>
  `draft:${agentId}:${conversationId}:${kind}`;

/** A draft with what is known of the server's copy. */
export interface KeptDraft {
  draft: Draft;
  /** When it was changed, by the server's clock in milliseconds: the newest wins. */
  version: number;
  /** The version that the server has confirmed. */
  saved?: number;
  /** The server may have some version: a draft that is sent must leave it too. */
  mayBeThere?: boolean;
}

export const readKeptDraft = (agentId: string, conversationId: string, kind: DraftKind): KeptDraft | undefined =>
  readKept<KeptDraft | undefined>(keyOf(agentId, conversationId, kind), undefined);

/** All of an agent's that this device has. */
export function keptDrafts(agentId: string) {
  const prefix = `draft:${agentId}:`;
  return keptKeys(prefix).flatMap((key) => {
    const [conversationId = "", kind = ""] = key.slice(prefix.length).split(":");
    const kept = readKept<KeptDraft | undefined>(key, undefined);
    return kept ? [{ key, conversationId, kind: kind as DraftKind, kept }] : [];
  });
}

export const readDraft = (agentId: string, conversationId: string, kind: DraftKind): Draft =>
  readKeptDraft(agentId, conversationId, kind)?.draft ?? EMPTY_DRAFT;

export const isEmptyDraft = (draft: Draft): boolean =>
  Object.values(draft).every((value) => value === undefined || value === "");

export function keepDraft(agentId: string, conversationId: string, kind: DraftKind, draft: Draft): void {
  const before = readKeptDraft(agentId, conversationId, kind);
  if (JSON.stringify(before?.draft ?? EMPTY_DRAFT) === JSON.stringify(draft)) return;
  const version = Math.max(serverNow(), (before?.version ?? 0) + 1);
  putKeptDraft(agentId, conversationId, kind, { ...before, draft, version });
}

/** An empty one is kept only until the server knows that it is. */
export function putKeptDraft(agentId: string, conversationId: string, kind: DraftKind, kept: KeptDraft): void {
  const key = keyOf(agentId, conversationId, kind);
  const isDone = kept.saved === kept.version || kept.mayBeThere !== true;
  if (isEmptyDraft(kept.draft) && isDone) forgetKept(key);
  else keep(key, kept);
}
