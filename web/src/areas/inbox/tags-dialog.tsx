import { useState } from "react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { RemovableChip } from "../../kit/chip";
import { Dialog, DialogActions } from "../../kit/dialog";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { useWords } from "../../kit/words";
import { putConversation } from "../../live/inbox";
import type { Conversation } from "../../live/matches";
import { inboxWords } from "./words";
import style from "./list-pane.module.css";

/** A comma or Enter adds what was written; nothing that was written is lost by saving. */
export function TagsDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const words = useWords(inboxWords);
  const [tags, setTags] = useState<readonly string[]>(conversation.tags);
  const [text, setText] = useState("");
  const withText = (written: string): readonly string[] => {
    const added = written
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
    return [...new Map([...tags, ...added].map((tag) => [tag.normalize("NFC").toLowerCase(), tag])).values()];
  };
  const { submit, isBusy, failure } = useSubmit(async () => {
    putConversation(
      await call("PATCH /api/conversations/{id}/tags", {
        params: { id: conversation.id },
        body: { tags: [...withText(text)] },
      }),
    );
    onClose();
  });
  const write = (next: string): void => {
    if (!next.includes(",")) return setText(next);
    setTags(withText(next));
    setText("");
  };
  return (
    <Dialog title={words.header.tags} closeLabel={words.close} onClose={onClose}>
      <Form onSubmit={submit} failure={failure}>
        {tags.length > 0 && (
          <div className={style.chips}>
            {tags.map((tag) => (
              <RemovableChip
                key={tag}
                label={words.filters.remove(tag)}
                onRemove={() => setTags(tags.filter((one) => one !== tag))}
              >
                <bdi>{tag}</bdi>
              </RemovableChip>
            ))}
          </div>
        )}
        <TextField label={words.bulk.tagsField} name="tags" value={text} onChange={write} maxLength={50} autoFocus />
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
