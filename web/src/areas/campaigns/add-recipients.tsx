import { useState } from "react";
import type { AddedRecipients, AddRecipientsPayload } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { RemovableChip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Dialog, DialogActions } from "../../kit/dialog";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { type Column, Table } from "../../kit/table";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

interface AddProps {
  onAdded: () => Promise<void>;
  onClose: () => void;
}

const parted = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,;\t]/)
      .map((one) => one.trim())
      .filter((one) => one !== ""),
  ),
];

/** All contacts that have one of the tags; they are read in the background. */
export function AddByTag({ campaignId: id, onAdded, onClose }: AddProps & { campaignId: string }) {
  const { recipients: words } = useWords(campaignWords);
  const [tags, setTags] = useState<string[]>([]);
  const [text, setText] = useState("");
  const chosen = [...new Set([...tags, ...parted(text)])];
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/campaigns/{id}/recipients", { params: { id }, body: { tags: chosen } });
    await onAdded();
    onClose();
  });
  return (
    <FormDialog
      title={words.tagsTitle}
      action={words.add}
      isBusy={isBusy}
      isDisabled={chosen.length === 0}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.tags}
        name="tags"
        help={words.tagsHelp}
        value={text}
        onChange={(next) => {
          if (!next.includes(",")) return setText(next);
          setTags([...new Set([...tags, ...parted(next)])]);
          setText("");
        }}
        autoFocus
      />
      {tags.length > 0 && (
        <p className={style.inserts}>
          {tags.map((tag) => (
            <RemovableChip
              key={tag}
              label={words.removeTag(tag)}
              onRemove={() => setTags(tags.filter((one) => one !== tag))}
            >
              <bdi>{tag}</bdi>
            </RemovableChip>
          ))}
        </p>
      )}
    </FormDialog>
  );
}

/** Numbers or addresses as they are pasted, one a line; the others are shown with their reasons. */
export function AddAddresses({ campaign: { id, channel }, onAdded, onClose }: AddProps & { campaign: Campaign }) {
  const { recipients: words } = useWords(campaignWords);
  const [text, setText] = useState("");
  const [report, setReport] = useState<AddedRecipients>();
  const isMail = channel === "email";
  const addresses = parted(text);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body: AddRecipientsPayload = isMail ? { emails: addresses } : { phone_numbers: addresses };
    const added = await call("POST /api/campaigns/{id}/recipients", { params: { id }, body });
    await onAdded();
    if (added.refused > 0) return setReport(added);
    toast(words.added(added.added, added.duplicates));
    onClose();
  });
  if (report) return <Refused report={report} onClose={onClose} />;
  return (
    <FormDialog
      title={isMail ? words.emails : words.numbers}
      action={words.add}
      isBusy={isBusy}
      isDisabled={addresses.length === 0}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.paste}
        name={isMail ? "emails" : "phone_numbers"}
        help={isMail ? words.pasteEmails : words.pasteNumbers}
        lines={8}
        value={text}
        onChange={setText}
        autoFocus
      />
      <p className={style.hint} role="status">
        {addresses.length > 0 && words.people(addresses.length)}
      </p>
    </FormDialog>
  );
}

function Refused({
  report: { added, duplicates, refused, reasons },
  onClose,
}: {
  report: AddedRecipients;
  onClose: () => void;
}) {
  const { recipients: words } = useWords(campaignWords);
  const { close } = useWords(commonWords);
  const columns: Column<AddedRecipients["reasons"][number]>[] = [
    { id: "value", name: words.columns.value, cell: ({ value }) => value },
    { id: "reason", name: words.columns.reason, cell: ({ reason }) => reason },
  ];
  return (
    <Dialog title={words.refusedTitle(refused)} closeLabel={close} onClose={onClose} isWide>
      <p role="status">{words.added(added, duplicates)}</p>
      <Table
        label={words.refusedTitle(refused)}
        rows={reasons}
        keyOf={({ value, reason }) => `${value} ${reason}`}
        columns={columns}
      />
      <DialogActions>
        <Button kind="go" onPress={onClose}>
          {close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
