import type { Step } from "../conversation/state";
import type { ActorRef } from "../event";
import type { ConversationNote } from "./wire";

/** A note about a conversation, for colleagues only. Its commands are in conversation/commands. Pure. */

export interface StoredNote {
  /** Sorts by time. */
  id: string;
  /** The author; null: the system. */
  agentId: string | null;
  content: string;
  /** Ids of agents. */
  mentions: string[];
  /** Milliseconds, as `updatedAt`. */
  createdAt: number;
  updatedAt: number;
}

/** Agents change their own notes. */
export const mayChangeNote = (note: StoredNote, actor: ActorRef): boolean =>
  note.agentId !== null && note.agentId === actor.id;

/** Notifies the agents that a note mentions, except the author of the change. */
export function notifyMentioned(step: Step, note: ConversationNote, mentioned: readonly string[]): void {
  const others = mentioned.filter((id) => id !== step.actor.id);
  if (others.length > 0) step.event("note.mentioned", { data: { note, agent_ids: others } });
}
