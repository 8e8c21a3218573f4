import { mayChangeNote } from "../../note/state";
import { toNote } from "../../note/wire";
import { command } from "../command";
import { noteNotFound, noteNotOwn } from "./problems";

/** Deletes a note. `mayModerate`: the caller may delete colleagues' notes too. */
export const deleteNote = command({
  kind: "delete_note",
  refusals: { note_not_found: noteNotFound, note_not_own: noteNotOwn },
  apply(step, { id, mayModerate }: { id: string; mayModerate: boolean }, env) {
    const known = env.note(id);
    if (!known) return { problem: "note_not_found" };
    if (!mayModerate && !mayChangeNote(known, step.actor)) return { problem: "note_not_own" };
    step.removeNote(id);
    step.event("note.deleted", { data: { note: toNote(known, step.state.id) } });
    return undefined;
  },
});
