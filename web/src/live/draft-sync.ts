import type { DraftContent as MaybeContent } from "../api/api.gen";
import { call } from "../api/call";
import { type Draft, type DraftKind, EMPTY_DRAFT, isEmptyDraft, putKeptDraft, readKeptDraft } from "./drafts";

/**
 * Brings drafts to the server and from it, so that an agent goes on on another device. The device's copy survives a lost
 * line; it is brought with the next change, or when the conversation is opened again.
 */

type DraftContent = NonNullable<MaybeContent>;

/** Each save is a row written: it waits until the agent pauses. */
const PAUSE_MS = 2000;
const KINDS: readonly DraftKind[] = ["reply", "note"];
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
  if (!kept || kept.saved === kept.version) return;
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

/**
 * Takes what another device has written, or sent, since. `flush` keeps what is being written here, which is newer.
 * Returns the kinds that have changed. Throws what the API says.
 */
export async function adoptDrafts(agentId: string, conversationId: string, flush: () => void): Promise<DraftKind[]> {
  const versions = new Map(KINDS.map((kind) => [kind, readKeptDraft(agentId, conversationId, kind)?.version]));
  const all = await call("GET /api/drafts", { query: { conversation_id: conversationId } });
  flush();
  return KINDS.filter((kind) => {
    const kept = readKeptDraft(agentId, conversationId, kind);
    const there = all.find((one) => one.kind === kind);
    if (there?.content && there.version > (kept?.version ?? 0)) {
      const { content, version } = there;
      const draft = draftOf(content);
      putKeptDraft(agentId, conversationId, kind, { draft, version, saved: version, mayBeThere: true });
      return true;
    }
    if (!kept) return false;
    if (!there && kept.saved === kept.version && kept.version === versions.get(kind)) {
      putKeptDraft(agentId, conversationId, kind, { ...kept, draft: EMPTY_DRAFT });
      return true;
    }
    saveDraftNow(agentId, conversationId, kind);
    return false;
  });
}

const contentOf = ({ text, subject, replyTo, to, cc, bcc }: Draft): DraftContent => ({
  text,
  ...(subject !== undefined && { subject }),
  ...(replyTo !== undefined && { reply_to: replyTo }),
  ...(to !== undefined && { to: listed(to) }),
  ...(cc !== undefined && { cc: listed(cc) }),
  ...(bcc !== undefined && { bcc: listed(bcc) }),
});

const draftOf = ({ text, subject, reply_to: replyTo, to, cc, bcc }: DraftContent): Draft => ({
  text,
  ...(subject !== undefined && { subject }),
  ...(replyTo !== undefined && { replyTo }),
  ...(to && { to: to.join(", ") }),
  ...(cc && { cc: cc.join(", ") }),
  ...(bcc && { bcc: bcc.join(", ") }),
});

const listed = (addresses: string): string[] => addresses.split(/[,;\s]+/).filter((one) => one !== "");
