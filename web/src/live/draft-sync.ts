import type { DraftContent as MaybeContent } from "../api/api.gen";
import { call } from "../api/call";
import { getConversation } from "./inbox";
import {
  type Draft,
  type DraftKind,
  EMPTY_DRAFT,
  isEmptyDraft,
  keptDrafts,
  putKeptDraft,
  readKeptDraft,
} from "./drafts";

/**
 * Brings drafts to the server and from it, so that an agent goes on on another device. The device's copy survives a lost
 * line; it is brought with the next change, or when the conversation is opened again.
 */

type DraftContent = NonNullable<MaybeContent>;

/** Each save is a row written: it waits until the agent pauses. */
const PAUSE_MS = 2000;
const waiting = new Map<string, ReturnType<typeof setTimeout>>();

export function saveDraftSoon(agentId: string, conversationId: string, kind: DraftKind): void {
  const key = `${conversationId}:${kind}`;
  clearTimeout(waiting.get(key));
  waiting.set(
    key,
    setTimeout(() => saveDraftNow(agentId, conversationId, kind), PAUSE_MS),
  );
}

/** Calls only if the server does not have it yet. */
export function saveDraftNow(agentId: string, conversationId: string, kind: DraftKind): void {
  const key = `${conversationId}:${kind}`;
  clearTimeout(waiting.get(key));
  waiting.delete(key);
  const kept = readKeptDraft(agentId, conversationId, kind);
  // One that has left the agent's sight takes no draft.
  if (!kept || kept.saved === kept.version || !getConversation(conversationId)) return;
  const { draft, version } = kept;
  putKeptDraft(agentId, conversationId, kind, { ...kept, mayBeThere: true });
  const body = { kind, version, content: isEmptyDraft(draft) ? null : contentOf(draft) };
  call("PUT /api/conversations/{id}/draft", { params: { id: conversationId }, body }).then(
    () => {
      const now = readKeptDraft(agentId, conversationId, kind);
      return now && putKeptDraft(agentId, conversationId, kind, { ...now, saved: version });
    },
    // The device has it.
    () => undefined,
  );
}

/** As many as the server lists: beyond that, a draft that is not listed may be there. */
const MAX_LISTED = 500;

/**
 * Takes what other devices have written, or sent, since. `flush` keeps what is being written here, which is newer. Throws
 * what the API says.
 */
export async function adoptDrafts(agentId: string, flush: () => void): Promise<void> {
  const versions = new Map(keptDrafts(agentId).map(({ key, kept }) => [key, kept.version]));
  const all = await call("GET /api/drafts");
  flush();
  for (const { conversation_id: id, kind, content, version } of all)
    if (content && version > (readKeptDraft(agentId, id, kind)?.version ?? 0))
      putKeptDraft(agentId, id, kind, { draft: draftOf(content), version, saved: version, mayBeThere: true });
  const listed = new Set(all.map(({ conversation_id: id, kind }) => `${id}:${kind}`));
  for (const { key, conversationId, kind, kept } of keptDrafts(agentId)) {
    const isSaved = kept.saved === kept.version;
    if (!isSaved) saveDraftNow(agentId, conversationId, kind);
    else if (!listed.has(`${conversationId}:${kind}`) && all.length < MAX_LISTED && kept.version === versions.get(key))
      putKeptDraft(agentId, conversationId, kind, { ...kept, draft: EMPTY_DRAFT });
  }
}

const contentOf = ({ text, subject, replyTo, to, cc, bcc }: Draft): DraftContent => ({
  text,
  ...(subject !== undefined && { subject }),
  ...(replyTo !== undefined && { reply_to: replyTo }),
  ...(to !== undefined && { to: addressesIn(to) }),
  ...(cc !== undefined && { cc: addressesIn(cc) }),
  ...(bcc !== undefined && { bcc: addressesIn(bcc) }),
});

const draftOf = ({ text, subject, reply_to: replyTo, to, cc, bcc }: DraftContent): Draft => ({
  text,
  ...(subject !== undefined && { subject }),
  ...(replyTo !== undefined && { replyTo }),
  ...(to && { to: to.join(", ") }),
  ...(cc && { cc: cc.join(", ") }),
  ...(bcc && { bcc: bcc.join(", ") }),
});

const addressesIn = (addresses: string): string[] => addresses.split(/[,;\s]+/).filter((one) => one !== "");
