import { memo, useState } from "react";
import { Pencil, Trash2 } from "lucide-react";
import type { NoteResponse } from "../../../api/api.gen";
import { call } from "../../../api/call";
import { toastProblem, useSubmit } from "../../../api/problems";
import { useAgents } from "../../../api/reference";
import { may } from "../../../api/session";
import { Button, IconButton } from "../../../kit/button";
import { Dialog, DialogActions } from "../../../kit/dialog";
import { TextField } from "../../../kit/field";
import { Form } from "../../../kit/form";
import { clockTime, fullDate } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { putNote } from "../../../live/threads";
import { inboxWords } from "../words";
import { mentionPieces, readable, writable } from "./mentions";
import style from "./message.module.css";

/** For colleagues only; it looks like nothing that was sent. */
export const NoteBubble = memo(function NoteBubble({ note, agentId }: { note: NoteResponse; agentId: string }) {
  const { thread: words } = useWords(inboxWords);
  const [isEditing, setEditing] = useState(false);
  const isOwn = note.agent_id === agentId;
  // The stream tells who wrote it by the id alone.
  const writer = useAgents().find(({ id }) => id === note.agent_id);
  const name = note.agent_name ?? writer?.full_name ?? (note.agent_id === null ? words.formerAgent : words.somebody);
  const mayChange = isOwn ? may("notes.manage") : may("notes.moderate");
  const params = { id: note.conversation_id, note_id: note.id };
  // The stream takes it from every screen.
  const remove = (): void =>
    void call("DELETE /api/conversations/{id}/notes/{note_id}", { params }).catch(toastProblem);
  return (
    <article className={`${style.message} ${style.note}`} aria-label={words.noteOf(name)}>
      <div className={style.side}>
        <div className={style.bubble}>
          <p>
            <b>{isOwn ? words.you : name}</b> {words.notSentNote}
          </p>
          <NoteText content={note.content} />
          <footer className={style.foot}>
            {note.updated_at !== note.created_at && <span>{words.edited}</span>}
            <time dateTime={note.created_at} title={fullDate(note.created_at)}>
              {clockTime(note.created_at)}
            </time>
          </footer>
        </div>
        {mayChange && (
          <span className={style.tools}>
            <IconButton label={words.editNote} onPress={() => setEditing(true)}>
              <Pencil size={14} />
            </IconButton>
            <IconButton label={words.deleteNote} onPress={remove}>
              <Trash2 size={14} />
            </IconButton>
          </span>
        )}
      </div>
      {isEditing && <EditNote note={note} onClose={() => setEditing(false)} />}
    </article>
  );
});

export const NoteText = ({ content }: { content: string }) => (
  <span dir="auto" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
    {mentionPieces(content).map((piece, i) => (typeof piece === "string" ? piece : <mark key={i}>@{piece.name}</mark>))}
  </span>
);

function EditNote({ note, onClose }: { note: NoteResponse; onClose: () => void }) {
  const words = useWords(inboxWords);
  const { text: before, mentions } = readable(note.content);
  const [text, setText] = useState(before);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const params = { id: note.conversation_id, note_id: note.id };
    const saved = await call("PATCH /api/conversations/{id}/notes/{note_id}", {
      params,
      body: { content: writable(text, mentions) },
    });
    putNote({ ...note, ...saved });
    onClose();
  });
  return (
    <Dialog title={words.thread.editNote} closeLabel={words.close} onClose={onClose}>
      <Form onSubmit={submit} failure={failure}>
        <TextField label={words.composer.note} lines={5} value={text} onChange={setText} autoFocus />
        <DialogActions>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button kind="go" type="submit" isPending={isBusy}>
            {words.save}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
