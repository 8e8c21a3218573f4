import type { LiveFrame } from "../../api/api.gen";
import { serverNow } from "../../api/call";
import { playTone } from "../../kit/sound";
import { keep, readKept } from "../../kit/storage";
import { toast } from "../../kit/toast";
import { callings, wantsDesktop } from "../choices";
import { showOnDesktop } from "../desktop";
import { onFrames } from "../inbox";
import { type Notice, noticeOf } from "./notice";
import { noticeWords } from "./words";

/** The news that a tab has told last, whichever tab it was. */
interface Told {
  seq: number;
  at: string;
  /** Milliseconds since 1970. */
  rangAt: number;
}

const NOTHING: Told = { seq: 0, at: "", rangAt: 0 };
/** A busy minute is not one long ringing. */
const REST_MS = 2000;
/** Frames that come later, after a long absence, call nobody; the count of unread conversations includes them. */
const LATE_MS = 60_000;

/** All tabs hear everything, and the first one tells it. Returns a function that ends it. */
export function startCalling(agentId: string): () => void {
  const key = `told:${agentId}`;
  let queue = Promise.resolve();
  return onFrames((frame) => {
    if (!("conversation" in frame)) return;
    const notice = noticeOf(frame as LiveFrame, agentId);
    if (notice) queue = queue.then(() => tell(key, frame as LiveFrame, notice)).catch(() => undefined);
  });
}

async function tell(key: string, frame: LiveFrame, notice: Notice): Promise<void> {
  const isLookedAt = document.hasFocus();
  await giveWay(isLookedAt);
  await navigator.locks.request(key, async () => {
    const told = readKept(key, NOTHING);
    if (frame.seq <= told.seq && frame.at <= told.at) return;
    const { seq, at } = frame;
    keep(key, { ...told, seq, at });
    const calling = callings[notice.occasion].get();
    if (calling === "off" || serverNow() - Date.parse(at) > LATE_MS) return;
    if (isLookedAt && (notice.mayBeOwn || isOpen(frame.conversation_id))) return;
    if (!isLookedAt && wantsDesktop.get()) await showOnDesktop(textsOf(frame, notice), frame.conversation_id);
    if (calling === "silent" || Date.now() - told.rangAt < REST_MS) return;
    keep(key, { seq, at, rangAt: Date.now() });
    if (!(await playTone(calling))) whenLookedAt(() => toast(noticeWords.get().silenced));
  });
}

/** The tab that is looked at knows best what its agent sees; of others, one that may make a sound. */
function giveWay(isLookedAt: boolean): Promise<void> {
  const ms = isLookedAt ? 0 : navigator.userActivation.hasBeenActive ? 100 : 300;
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whether this tab shows the conversation. */
export const isOpen = (id: string): boolean => location.pathname.includes(id);

function whenLookedAt(work: () => void): void {
  if (document.visibilityState === "visible") return work();
  document.addEventListener("visibilitychange", work, { once: true });
}

function textsOf({ conversation, message }: LiveFrame, { kind, note }: Notice): { title: string; body: string } {
  const words = noticeWords.get();
  const customer = conversation.contact_name ?? conversation.contact_phone ?? words.unknown;
  const body = conversation.last_message ?? "";
  if (note)
    return {
      title: words.mentioned(note.agent_name ?? words.somebody, customer),
      body: note.content.replaceAll(/@\[([^\]\n]{1,200})\]\([0-9a-f-]{36}\)/g, "@$1"),
    };
  if (kind === "assigned") return { title: words.assigned(customer), body };
  const { text } = message?.content ?? {};
  return { title: customer, body: typeof text === "string" ? text : body };
}
