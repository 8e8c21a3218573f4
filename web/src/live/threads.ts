import { useRef, useSyncExternalStore } from "react";
import type { LiveFrame, Message, NoteResponse } from "../api/api.gen";
import { call } from "../api/call";
import { may } from "../api/session";
import { onFrames, onStreamBegin } from "./inbox";
import {
  EMPTY_THREAD,
  type ThreadState,
  withFrame,
  withMessage,
  withNewest,
  withNote,
  withOlder,
} from "./thread-state";

/** The threads that this tab holds: the last 30 that were opened, kept current by the inbox's stream. */

export interface Thread extends ThreadState {
  isLoadingOlder: boolean;
  failure: unknown;
}

const HELD = 30;
const PAGE = 50;
const INITIAL: Thread = { ...EMPTY_THREAD, isLoadingOlder: false, failure: undefined };

/** The latest opened last. */
const threads = new Map<string, Thread>();
const listeners = new Map<string, Set<() => void>>();
/** Those whose newest messages are to be asked for again. */
const old = new Set<string>();

export function startThreads(): () => void {
  const stops = [
    onFrames((frame) => {
      if (!("conversation" in frame)) return;
      change(frame.conversation_id, (thread) => ({ ...thread, ...withFrame(thread, frame as LiveFrame) }));
    }),
    onStreamBegin(() => {
      for (const id of threads.keys()) old.add(id);
      for (const id of listeners.keys()) void openThread(id);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    threads.clear();
    old.clear();
  };
}

function change(id: string, next: (thread: Thread) => Thread): void {
  const thread = threads.get(id);
  if (!thread) return;
  threads.set(id, next(thread));
  for (const listener of listeners.get(id) ?? []) listener();
}

/** Loads what is missing; a thread that is held is current. */
export async function openThread(id: string): Promise<void> {
  const held = threads.get(id);
  threads.delete(id);
  threads.set(id, held ?? INITIAL);
  for (const other of [...threads.keys()].slice(0, -HELD)) if (!listeners.has(other)) threads.delete(other);
  if (held && held.failure === undefined && !old.has(id)) return;
  old.delete(id);
  change(id, (thread) => ({ ...thread, told: new Set(), failure: undefined }));
  try {
    const [page, notes] = await Promise.all([
      call("GET /api/conversations/{id}/messages", { params: { id }, query: { limit: PAGE, activity: "true" } }),
      may("notes.view")
        ? call("GET /api/conversations/{id}/notes", { params: { id }, query: { limit: 100 } })
        : undefined,
    ]);
    change(id, (thread) => {
      const next: Thread = { ...thread, ...withNewest(thread, page) };
      return { ...next, notes: (notes?.data ?? []).reduce<ThreadState>(withNote, next).notes };
    });
  } catch (error) {
    old.add(id);
    change(id, (thread) => ({ ...thread, failure: error }));
  }
}

export async function loadOlder(id: string): Promise<void> {
  const thread = threads.get(id);
  if (!thread || thread.isLoadingOlder || typeof thread.older !== "string") return;
  change(id, (before) => ({ ...before, isLoadingOlder: true }));
  try {
    const query = { limit: PAGE, cursor: thread.older, activity: "true" as const };
    const page = await call("GET /api/conversations/{id}/messages", { params: { id }, query });
    change(id, (before) => ({ ...before, ...withOlder(before, page), isLoadingOlder: false }));
  } catch {
    // Scrolling there asks again.
    change(id, (before) => ({ ...before, isLoadingOlder: false }));
  }
}

/** More are not asked for to show one message: 5,000 stand after it. */
const MAX_PAGES_BACK = 100;

/** Loads older pages until the message is there. Returns whether it is. */
export async function loadBackTo(id: string, messageId: string): Promise<boolean> {
  const has = (): boolean => threads.get(id)?.messages.some(({ _id }) => _id === messageId) ?? false;
  for (let page = 0; page < MAX_PAGES_BACK && !has(); page++) {
    const thread = threads.get(id);
    // Ids sort by time.
    if (typeof thread?.older !== "string" || (thread.messages[0]?._id ?? "") < messageId) return false;
    await loadOlder(id);
    // Another call loads this page, or the network is away.
    if (threads.get(id)?.older === thread.older) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return has();
}

/** The answer to an own call. A message that is known stays: frames and pages have told its later statuses. */
export const putMessage = (message: Message): void =>
  change(message.conversation_id, (thread) =>
    thread.messages.some(({ _id }) => _id === message._id) ? thread : { ...thread, ...withMessage(thread, message) },
  );
export const putNote = (note: NoteResponse): void =>
  change(note.conversation_id, (thread) => ({ ...thread, ...withNote(thread, note) }));

function listen(id: string, listener: () => void): () => void {
  listeners.set(id, (listeners.get(id) ?? new Set()).add(listener));
  return () => {
    listeners.get(id)?.delete(listener);
    if (listeners.get(id)?.size === 0) listeners.delete(id);
  };
}

export function useThread(id: string): Thread {
  return useSyncExternalStore(
    (listener) => listen(id, listener),
    () => threads.get(id) ?? INITIAL,
  );
}

export function useThreads(ids: readonly string[]): readonly Thread[] {
  const last = useRef<readonly Thread[]>([]);
  return useSyncExternalStore(
    (listener) => {
      const stops = ids.map((id) => listen(id, listener));
      return () => stops.forEach((stop) => stop());
    },
    () => {
      const all = ids.map((id) => threads.get(id) ?? INITIAL);
      const isSame = all.length === last.current.length && all.every((one, i) => one === last.current[i]);
      return isSame ? last.current : (last.current = all);
    },
  );
}
