import { type ConversationState, type Outcome, Step } from "../conversation/state";
import type { ActorRef } from "../event";
import { toNote } from "./wire";

/** What is written about a conversation, for colleagues only. Pure, as conversation.state.ts is. */

export interface StoredNote {
  /** Sorts by time. */
  id: string;
  agentId: string | null;
  content: string;
  /** Of agents. */
  mentions: string[];
  createdAt: number;
  updatedAt: number;
}

export type NoteCommand =
  | { kind: "create"; id: string; content: string; mentions: string[] }
  // `mayModerate`: may do it to a colleague's note, too.
  | { kind: "update"; id: string; content: string; mentions: string[]; mayModerate: boolean }
  | { kind: "delete"; id: string; mayModerate: boolean };

export type NoteRefusal = { problem: "note_not_found" | "note_not_own" };

/** No events: it is so already. `note` is what is left: the note, or null where it is deleted. */
export function applyNote(
  before: ConversationState,
  known: StoredNote | undefined,
  command: NoteCommand,
  actor: ActorRef,
  now: number,
): (Outcome & { note: StoredNote | null }) | NoteRefusal {
  const step = new Step(before, actor, now);
  const notify = (note: StoredNote, mentioned: readonly string[]): void => {
    const others = mentioned.filter((id) => id !== actor.id);
    if (others.length > 0) step.event("note.mentioned", { data: { note: toNote(note, before.id), agent_ids: others } });
  };
  if (command.kind === "create") {
    const { id, content, mentions } = command;
    const note: StoredNote = { id, agentId: actor.id, content, mentions, createdAt: now, updatedAt: now };
    step.event("note.created", { data: { note: toNote(note, before.id) } });
    notify(note, mentions);
    return { ...step.done(), note };
  }
  if (!known) return { problem: "note_not_found" };
  if (!command.mayModerate && (known.agentId === null || known.agentId !== actor.id))
    return { problem: "note_not_own" };
  if (command.kind === "delete") {
    step.event("note.deleted", { data: { note: toNote(known, before.id) } });
    return { ...step.done(), note: null };
  }
  if (command.content === known.content) return { ...step.done(), note: known };
  const note = {
    ...known,
    content: command.content,
    mentions: command.mentions,
    updatedAt: Math.max(now, known.updatedAt),
  };
  step.event("note.updated", { data: { note: toNote(note, before.id), from: known.content } });
  // Who was mentioned before has heard of it.
  notify(
    note,
    note.mentions.filter((id) => !known.mentions.includes(id)),
  );
  return { ...step.done(), note };
}
