import { useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { QuickReply } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { session } from "../../api/session";
import { Button } from "../../kit/button";
import { addChipClass } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Confirm, FormDialog } from "../../kit/form-dialog";
import { useWords } from "../../kit/words";
import { quickReplyWords } from "./words";
import style from "./quick-replies.module.css";

interface EditProps {
  /** Undefined: a new one. */
  reply: QuickReply | undefined;
  onClose: () => void;
}

export function EditReply({ reply, onClose }: EditProps) {
  const words = useWords(quickReplyWords);
  const { save } = useWords(commonWords);
  const queries = useQueryClient();
  const [title, setTitle] = useState(reply?.title ?? "");
  const [content, setContent] = useState(reply?.content ?? "");
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? "");
  const [category, setCategory] = useState(reply?.category ?? "");
  const [isRemoving, setRemoving] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body = {
      title: title.trim(),
      content,
      shortcut: shortcut.trim().replace(/^\/+/, "") || null,
      category: category.trim() || null,
    };
    if (reply) await call("PATCH /api/quick-replies/{id}", { params: { id: reply.id }, body });
    else await call("POST /api/quick-replies", { body });
    await queries.invalidateQueries({ queryKey: ["quick-replies"] });
    onClose();
  });
  /** Where the caret is. */
  const insert = (variable: string): void => {
    const field = area.current?.querySelector("textarea");
    const [from, to] = [field?.selectionStart ?? content.length, field?.selectionEnd ?? content.length];
    setContent(`${content.slice(0, from)}{{${variable}}}${content.slice(to)}`);
    field?.focus();
  };
  if (isRemoving && reply) return <RemoveReply reply={reply} onClose={onClose} />;
  return (
    <FormDialog
      title={reply?.title ?? words.create}
      action={save}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.fields.title}
        name="title"
        value={title}
        onChange={setTitle}
        isRequired
        maxLength={200}
        autoFocus
      />
      <div ref={area} className={style.stack}>
        <TextField
          label={words.fields.content}
          name="content"
          lines={5}
          value={content}
          onChange={setContent}
          isRequired
          maxLength={4096}
        />
        <p className={style.variables}>
          {words.insert}:{" "}
          {Object.entries(words.variables).map(([variable, name]) => (
            <button key={variable} type="button" className={addChipClass} onClick={() => insert(variable)}>
              {name}
            </button>
          ))}
        </p>
        <p className={style.hint}>{words.variablesHelp}</p>
      </div>
      {content.includes("{{") && (
        <section aria-label={words.preview} className={style.preview} dir="auto">
          {sampleOf(content, words.sample)}
        </section>
      )}
      <div className={style.pair}>
        <TextField
          label={words.fields.shortcut}
          name="shortcut"
          help={words.fields.shortcutHelp}
          value={shortcut}
          onChange={setShortcut}
          maxLength={50}
        />
        <TextField
          label={words.fields.category}
          name="category"
          help={words.fields.categoryHelp}
          value={category}
          onChange={setCategory}
          maxLength={100}
        />
      </div>
      {reply && (
        <p>
          <Button kind="plain" isSmall onPress={() => setRemoving(true)}>
            {words.remove}…
          </Button>
        </p>
      )}
    </FormDialog>
  );
}

/** With a customer of the imagination, and the agent who writes it. */
function sampleOf(content: string, sample: Record<string, string>): string {
  const profile = session.get().profile;
  const values: Record<string, string | undefined> = {
    ...sample,
    "agent.name": profile?.full_name,
    "org.name": profile?.organization.name,
  };
  return content.replaceAll(
    /\{\{\s*([\w.]+)\s*(?:\|([^{}]*))?\}\}/g,
    (whole, variable: string, otherwise?: string) => values[variable] ?? otherwise ?? whole,
  );
}

function RemoveReply({ reply: { id, title }, onClose }: { reply: QuickReply; onClose: () => void }) {
  const words = useWords(quickReplyWords);
  const queries = useQueryClient();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/quick-replies/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["quick-replies"] });
    onClose();
  });
  return (
    <Confirm
      title={words.removeTitle(title)}
      action={words.remove}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
    </Confirm>
  );
}
