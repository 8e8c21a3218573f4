import { useState } from "react";
import type { Contact, UpdateContact } from "../../api/api.gen";
import { useSubmit } from "../../api/problems";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { useWords } from "../../kit/words";
import { useChangeContact } from "./change-contact";
import { TagsField, withWritten } from "./tags-field";
import { contactWords } from "./words";

/** Sends what has changed only: a colleague may change the rest meanwhile. */
export function EditContact({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const words = useWords(contactWords);
  const [name, setName] = useState(contact.name ?? "");
  const [email, setEmail] = useState(contact.email ?? "");
  const [tags, setTags] = useState<string[]>(contact.tags);
  const [written, setWritten] = useState("");
  const change = useChangeContact(contact.id);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const all = withWritten(tags, written);
    const changes: UpdateContact = {
      ...(name.trim() !== (contact.name ?? "") && { name: name.trim() || null }),
      ...(email.trim() !== (contact.email ?? "") && { email: email.trim() || null }),
      ...(JSON.stringify(all) !== JSON.stringify(contact.tags) && { tags: all }),
    };
    if (Object.keys(changes).length > 0) await change(changes);
    onClose();
  });
  return (
    <FormDialog
      title={words.edit}
      action={words.save}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.fields.name}
        name="name"
        help={words.fields.nameHelp}
        value={name}
        onChange={setName}
        maxLength={200}
        autoFocus
      />
      {/* On a channel of mails the address is who they are. */}
      {contact.channel_source !== "email" && (
        <TextField
          label={words.fields.email}
          name="email"
          type="email"
          value={email}
          onChange={setEmail}
          maxLength={320}
        />
      )}
      <TagsField tags={tags} onChange={setTags} written={written} onWrite={setWritten} />
    </FormDialog>
  );
}
