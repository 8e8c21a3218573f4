import { forgetKept, keep, readKept } from "../kit/storage";

/** Drafts, per conversation and kind: an answer's never shows in another conversation, nor as a note. */
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

export const readDraft = (agentId: string, conversationId: string, kind: DraftKind): Draft =>
  readKept(keyOf(agentId, conversationId, kind), EMPTY_DRAFT);

export function keepDraft(agentId: string, conversationId: string, kind: DraftKind, draft: Draft): void {
  const key = keyOf(agentId, conversationId, kind);
  if (Object.values(draft).every((value) => value === undefined || value === "")) forgetKept(key);
  else keep(key, draft);
}
