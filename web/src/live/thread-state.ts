import type { ConversationActivity, LiveFrame, Message, NoteResponse } from "../api/api.gen";

/** The known messages and notes of one conversation. Pure: pages and frames come in any order. */

/** An act on the conversation; it has names only where a page has told them. */
export type Activity = Omit<ConversationActivity, "id">;

export interface ThreadState {
  /** By id, which sorts by time: from the oldest loaded to the newest. */
  messages: readonly Message[];
  /** In the order of their writing. */
  notes: readonly NoteResponse[];
  /** In the order of their time. */
  activity: readonly Activity[];
  /** The cursor of older messages; null: all are loaded; undefined: nothing is loaded yet. */
  older: string | null | undefined;
  /** Ids that frames have told since the last page was asked for: the page may be behind them. */
  told: ReadonlySet<string>;
}

export const EMPTY_THREAD: ThreadState = { messages: [], notes: [], activity: [], older: undefined, told: new Set() };

interface Page {
  messages: readonly Message[];
  next_cursor: string | null;
  activity?: readonly Activity[];
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
    activity: withActivity(thread.activity, page.activity),
    older: keepsOlder ? thread.older : page.next_cursor,
    told: new Set(),
  };
}

export const withOlder = (thread: ThreadState, page: Page): ThreadState => ({
  ...thread,
  messages: merged(thread.messages, page.messages, thread.told),
  activity: withActivity(thread.activity, page.activity),
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

/** A frame and a page tell of the same; the page knows the names. */
function withActivity(known: readonly Activity[], news: readonly Activity[] = []): readonly Activity[] {
  if (news.length === 0) return known;
  const byKey = new Map([...known, ...news].map((one) => [`${one.created_at} ${one.type}`, one]));
  return [...byKey.values()].sort((one, other) => (one.created_at < other.created_at ? -1 : 1));
}

const TYPES: readonly string[] = [
  "conversation.assigned",
  "conversation.unassigned",
  "conversation.transferred",
  "conversation.resolved",
  "conversation.reopened",
] satisfies Activity["type"][];

function activityIn({ type, at, actor, data }: LiveFrame): Activity[] {
  // As the pages have it: what customers and the allocation lead to is nobody's deed.
  const isDeed = actor.kind === "agent" || actor.kind === "api_key";
  if (!isDeed || !TYPES.includes(type)) return [];
  const idIn = (field: string): string | null => (data?.[field] as string | null | undefined) ?? null;
  return [
    {
      type: type as Activity["type"],
      actor_kind: actor.kind === "agent" ? "agent" : "api_key",
      actor_id: actor.id,
      actor_name: null,
      to_agent_id: idIn("to_agent_id"),
      to_agent_name: null,
      to_division_id: idIn("to_division_id"),
      to_division_name: null,
      created_at: at,
    },
  ];
}

export function withNote(thread: ThreadState, note: NoteResponse): ThreadState {
  const others = thread.notes.filter(({ id }) => id !== note.id);
  return { ...thread, notes: [...others, note].sort((one, other) => (one.created_at < other.created_at ? -1 : 1)) };
}

export const withoutNote = (thread: ThreadState, id: string): ThreadState => ({
  ...thread,
  notes: thread.notes.filter((note) => note.id !== id),
});

export function withFrame(thread: ThreadState, frame: LiveFrame): ThreadState {
  const { type, message, data } = frame;
  const activity = withActivity(thread.activity, activityIn(frame));
  if (activity !== thread.activity) return { ...thread, activity };
  if (message) return withMessage(thread, message as Message);
  const note = data?.["note"] as NoteResponse | undefined;
  if (!note) return thread;
  if (type === "note.created" || type === "note.updated") return withNote(thread, note);
  return type === "note.deleted" ? withoutNote(thread, note.id) : thread;
}
