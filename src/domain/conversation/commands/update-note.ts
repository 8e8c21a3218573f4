import { mayChangeNote, notifyMentioned, type StoredNote } from "../../note/state";
import { toNote } from "../../note/wire";
import { command } from "../command";
import { noteNotFound, noteNotOwn } from "./problems";

interface Change extends Pick<StoredNote, "id" | "content" | "mentions"> {
  /** The caller may change colleagues' notes too. */
  mayModerate: boolean;
}

/** Changes a note, and notifies the agents whom it did not mention before. Answers the note. */
export const updateNote = command({
  kind: "update_note",
  refusals: { note_not_found: noteNotFound, note_not_own: noteNotOwn },
  apply(step, { id, content, mentions, mayModerate }: Change, env) {
    const { state, actor, now } = step;
    const known = env.note(id);
    if (!known) return { problem: "note_not_found" };
    if (!mayModerate && !mayChangeNote(known, actor)) return { problem: "note_not_own" };
    if (content === known.content) return { answer: toNote(known, state.id) };
    const note = { ...known, content, mentions, updatedAt: Math.max(now, known.updatedAt) };
    step.saveNote(note);
    const answer = toNote(note, state.id);
    step.event("note.updated", { data: { note: answer, from: known.content } });
    notifyMentioned(
      step,
      answer,
      mentions.filter((agentId) => !known.mentions.includes(agentId)),
    );
    return { answer };
  },
});
