import type { Message, NoteResponse } from "../../../api/api.gen";
import { isSameDay } from "../../../kit/time";
import type { Conversation } from "../../../live/matches";
import type { Activity, ThreadState } from "../../../live/thread-state";
import type { Outgoing } from "../../../live/outbox";

/** The items of a thread, from top to bottom. Pure. */
export type ThreadItem =
  | { kind: "day"; key: string; at: string }
  | { kind: "message"; key: string; message: Message; continues: boolean; isEarlier?: boolean }
  | { kind: "note"; key: string; note: NoteResponse }
  | { kind: "activity"; key: string; activity: Activity }
  | { kind: "conversation"; key: string; conversation: Conversation; isOpen: boolean }
  | { kind: "earlier"; key: string }
  | { kind: "outgoing"; key: string; item: Outgoing };

export function threadItems(
  { messages, notes, activity, older }: Pick<ThreadState, "messages" | "notes" | "activity" | "older">,
  outgoing: readonly Outgoing[],
): ThreadItem[] {
  const first = typeof older === "string" ? messages[0]?.created_at : undefined;
  const asides = asidesOf(notes, activity, first);
  const items: ThreadItem[] = [];
  let day: string | undefined;
  let before: Message | undefined;
  const atDay = (at: string): void => {
    if (day === undefined || !isSameDay(day, at))
      items.push({ kind: "day", key: `day ${new Date(at).toDateString()}`, at });
    day = at;
  };
  let n = 0;
  const asidesUntil = (until: string | undefined): void => {
    for (const aside of asides.slice(n)) {
      if (until !== undefined && aside.at >= until) break;
      n++;
      atDay(aside.at);
      items.push(aside.item);
      before = undefined;
    }
  };
  for (const message of messages) {
    asidesUntil(message.created_at);
    atDay(message.created_at);
    items.push({ kind: "message", key: message._id, message, continues: isContinued(before, message) });
    before = message;
  }
  asidesUntil(undefined);
  for (const item of withoutArrived(outgoing, messages)) {
    atDay(new Date(item.at).toISOString());
    items.push({ kind: "outgoing", key: item.key, item });
  }
  return items;
}

interface Aside {
  at: string;
  item: ThreadItem;
}

/** Puts lines between the messages by time. Lines from before the loaded messages come with those. */
function asidesOf(
  notes: readonly NoteResponse[],
  activity: readonly Activity[],
  from: string | undefined,
): readonly Aside[] {
  const transferredAt = new Set(activity.filter(({ type }) => type === TRANSFER).map(({ created_at }) => created_at));
  return [
    ...notes.map((note): Aside => ({ at: note.created_at, item: { kind: "note", key: `note ${note.id}`, note } })),
    ...activity
      // A transfer assigns too, and says more.
      .filter(({ type, created_at }) => !ASSIGNMENTS.includes(type) || !transferredAt.has(created_at))
      .map((one): Aside => {
        const { type, created_at: at } = one;
        return { at, item: { kind: "activity", key: `${type} ${at}`, activity: one } };
      }),
  ]
    .filter(({ at }) => from === undefined || at >= from)
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

const TRANSFER: Activity["type"] = "conversation.transferred";
const ASSIGNMENTS: readonly Activity["type"][] = ["conversation.assigned", "conversation.unassigned"];

export type Separator = Extract<ThreadItem, { kind: "day" | "conversation" | "earlier" }>;
export type Entry = Exclude<ThreadItem, Separator> & { below: readonly Separator[] };

const isSeparator = (item: ThreadItem): item is Separator =>
  item.kind === "day" || item.kind === "conversation" || item.kind === "earlier";

/**
 * The list keeps the place of the first entry that is seen when others come above it. A separator moves up when older
 * messages of its day come, so it is no entry: it belongs to the one above it, and the first ones are the list's head.
 */
export function entriesOf(items: readonly ThreadItem[]): { head: readonly Separator[]; entries: readonly Entry[] } {
  const head: Separator[] = [];
  const entries: (Entry & { below: Separator[] })[] = [];
  for (const item of items) {
    if (isSeparator(item)) (entries.at(-1)?.below ?? head).push(item);
    else entries.push({ ...item, below: [] });
  }
  return { head, entries };
}

const CLOSE_MS = 3 * 60_000;

/** Written by the same hand, right after. */
const isContinued = (before: Message | undefined, message: Message): boolean =>
  before !== undefined &&
  before.direction === message.direction &&
  before.sender_agent_id === message.sender_agent_id &&
  before.type !== "system" &&
  message.type !== "system" &&
  Date.parse(message.created_at) - Date.parse(before.created_at) < CLOSE_MS;

/** A frame may tell of a message before its answer comes: the bubble that waits for the answer is then the same message. */
function withoutArrived(outgoing: readonly Outgoing[], messages: readonly Message[]): readonly Outgoing[] {
  if (outgoing.length === 0) return outgoing;
  const arrived = new Set(messages.map(({ client_key: key }) => key));
  return outgoing.filter(({ key }) => !arrived.has(key));
}
