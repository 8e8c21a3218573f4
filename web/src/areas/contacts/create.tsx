import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { CHANNEL_NAMES } from "../../kit/channels";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { Select } from "../../kit/select";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { TagsField, withWritten } from "./tags-field";
import { contactWords } from "./words";

/** Somebody who has not written yet, on a channel where we know their address. */
export function CreateContact({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const words = useWords(contactWords);
  const queries = useQueryClient();
  const [channel, setChannel] = useState<"whatsapp" | "email">("whatsapp");
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  const [written, setWritten] = useState("");
  const { submit, isBusy, failure } = useSubmit(async () => {
    const { id } = await call("POST /api/contacts", {
      body: {
        channel,
        ...(channel === "email" ? { email: address.trim() } : { phone_number: address.trim() }),
        ...(name.trim() !== "" && { name: name.trim() }),
        tags: withWritten(tags, written),
      },
    });
    await queries.invalidateQueries({ queryKey: ["contacts"] });
    toast(words.created);
    onCreated(id);
  });
  return (
    <FormDialog
      title={words.create}
      action={words.create}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <Select
        label={words.fields.channel}
        value={channel}
        onChange={(next) => (setChannel(next), setAddress(""))}
        options={(["whatsapp", "email"] as const).map((id) => ({ id, name: CHANNEL_NAMES[id] }))}
      />
      {channel === "email" ? (
        <TextField
          key="email"
          label={words.fields.email}
          name="email"
          type="email"
          value={address}
          onChange={setAddress}
          isRequired
          autoFocus
        />
      ) : (
        <TextField
          key="phone"
          label={words.fields.phone}
          name="phone_number"
          type="tel"
          help={words.fields.phoneHelp}
          value={address}
          onChange={setAddress}
          isRequired
          autoFocus
        />
      )}
      <TextField label={words.fields.name} name="name" value={name} onChange={setName} maxLength={200} />
      <TagsField tags={tags} onChange={setTags} written={written} onWrite={setWritten} />
    </FormDialog>
  );
}
