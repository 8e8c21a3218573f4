import type { LiveFrame, Message, NoteResponse } from "../api/api.gen";

/** The known messages and notes of one conversation. Pure: pages and frames come in any order. */

export interface ThreadState {
  /** By id, which sorts by time: from the oldest loaded to the newest. */
  messages: readonly Message[];
  /** In the order of their writing. */
  notes: readonly NoteResponse[];
  /** The cursor of older messages; null: all are loaded; undefined: nothing is loaded yet. */
  older: string | null | undefined;
  /** Ids that frames have told since the last page was asked for: the page may be behind them. */
  told: ReadonlySet<string>;
}

export const EMPTY_THREAD: ThreadState = { messages: [], notes: [], older: undefined, told: new Set() };

interface Page {
  messages: readonly Message[];
  next_cursor: string | null;
}

/** The newest messages. A gap between them and what was known drops the older ones. */
export function withNewest(thread: ThreadState, page: Page): ThreadState {
  const first = page.messages[0]?._id;
  const overlaps = first === undefined || page.next_cursor === null || thread.messages.some(({ _id }) => _id === first);
  const kept =
    overlaps || thread.older === undefined ? thread.messages : thread.messages.filter(({ _id }) => _id > first);
  const keepsOlder = overlaps && thread.older !== undefined && page.next_cursor !== null;
  return {
    ...thread,
    messages: merged(kept, page.messages, thread.told),
    older: keepsOlder ? thread.older : page.next_cursor,
    told: new Set(),
  };
}

export const withOlder = (thread: ThreadState, page: Page): ThreadState => ({
  ...thread,
  messages: merged(thread.messages, page.messages, thread.told),
  older: page.next_cursor,
});

/** A message that came by a frame or as an answer. One before the loaded ones belongs to a page that is not there. */
export function withMessage(thread: ThreadState, message: Message): ThreadState {
  const isBefore = thread.older !== null && thread.messages.length > 0 && message._id < thread.messages[0]!._id;
  if (isBefore) return thread;
  return {
    ...thread,
    messages: merged(thread.messages, [message], new Set()),
    told: new Set(thread.told).add(message._id),
  };
}

function merged(known: readonly Message[], news: readonly Message[], keep: ReadonlySet<string>): readonly Message[] {
  const byId = new Map(known.map((message) => [message._id, message]));
  for (const message of news) if (!(keep.has(message._id) && byId.has(message._id))) byId.set(message._id, message);
  // Usually the news is the latest.
  const last = known.at(-1);
  if (news.length === 1 && (last === undefined || news[0]!._id > last._id)) return [...known, news[0]!];
  return [...byId.values()].sort((one, other) => (one._id < other._id ? -1 : 1));
}

export function withNote(thread: ThreadState, note: NoteResponse): ThreadState {
  const others = thread.notes.filter(({ id }) => id !== note.id);
  return { ...thread, notes: [...others, note].sort((one, other) => (one.created_at < other.created_at ? -1 : 1)) };
}

export const withoutNote = (thread: ThreadState, id: string): ThreadState => ({
  ...thread,
  notes: thread.notes.filter((note) => note.id !== id),
});

export function withFrame(thread: ThreadState, { type, message, data }: LiveFrame): ThreadState {
  if (message) return withMessage(thread, message as Message);
  const note = data?.["note"] as NoteResponse | undefined;
  if (!note) return thread;
  if (type === "note.created" || type === "note.updated") return withNote(thread, note);
  return type === "note.deleted" ? withoutNote(thread, note.id) : thread;
}
