import { notifyMentioned, type StoredNote } from "../../note/state";
import { toNote } from "../../note/wire";
import { command } from "../command";

/** Writes a note about the conversation, for colleagues only. Answers the note. */
export const createNote = command({
  kind: "create_note",
  apply(step, { id, content, mentions }: Pick<StoredNote, "id" | "content" | "mentions">) {
    const { state, actor, now } = step;
    const note: StoredNote = { id, agentId: actor.id, content, mentions, createdAt: now, updatedAt: now };
    step.saveNote(note);
    const answer = toNote(note, state.id);
    step.event("note.created", { data: { note: answer } });
    notifyMentioned(step, answer, mentions);
    return { answer };
  },
});
