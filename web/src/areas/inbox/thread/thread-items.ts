import type { Message, NoteResponse } from "../../../api/api.gen";
import { isSameDay } from "../../../kit/time";
import type { Outgoing } from "../../../live/outbox";

/** The items of a thread, from top to bottom. Pure. */
export type ThreadItem =
  | { kind: "day"; key: string; at: string }
  | { kind: "message"; key: string; message: Message; continues: boolean }
  | { kind: "note"; key: string; note: NoteResponse }
  | { kind: "outgoing"; key: string; item: Outgoing };

export function threadItems(
  messages: readonly Message[],
  notes: readonly NoteResponse[],
  outgoing: readonly Outgoing[],
  hasOlder: boolean,
): ThreadItem[] {
  const first = messages[0]?.created_at;
  // Notes from before the loaded messages come with those.
  const shownNotes = hasOlder && first !== undefined ? notes.filter(({ created_at }) => created_at >= first) : notes;
  const items: ThreadItem[] = [];
  let day: string | undefined;
  let before: Message | undefined;
  const atDay = (at: string): void => {
    if (day === undefined || !isSameDay(day, at))
      items.push({ kind: "day", key: `day ${new Date(at).toDateString()}`, at });
    day = at;
  };
  let n = 0;
  const notesUntil = (at: string | undefined): void => {
    for (const note of shownNotes.slice(n)) {
      if (at !== undefined && note.created_at >= at) break;
      n++;
      atDay(note.created_at);
      items.push({ kind: "note", key: `note ${note.id}`, note });
      before = undefined;
    }
  };
  for (const message of messages) {
    notesUntil(message.created_at);
    atDay(message.created_at);
    items.push({ kind: "message", key: message._id, message, continues: isContinued(before, message) });
    before = message;
  }
  notesUntil(undefined);
  for (const item of withoutArrived(outgoing, messages)) {
    atDay(new Date(item.at).toISOString());
    items.push({ kind: "outgoing", key: item.key, item });
  }
  return items;
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
