import { useEffect, useRef, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useQuery } from "@tanstack/react-query";
import { Hash, Tag, Upload } from "lucide-react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { count } from "../../kit/figures";
import { FailureText } from "../../kit/failure";
import { Confirm } from "../../kit/form-dialog";
import { useWords } from "../../kit/words";
import { AddAddresses, AddByTag } from "./add-recipients";
import { Imports } from "./imports";
import { RecipientsTable } from "./recipients-table";
import { type Campaign, useRefresh } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

type Open = "tags" | "addresses" | "clear" | "list";

/** Adds recipients: by tag, by number, from a file. Each address counts once. */
export function RecipientsStep({ campaign }: { campaign: Campaign }) {
  const { recipients: words } = useWords(campaignWords);
  const [open, setOpen] = useState<Open>();
  const { id, total_recipients: total } = campaign;
  const changed = useRefresh(id);
  const imports = useQuery({
    queryKey: ["campaign-imports", id],
    queryFn: ({ signal }) => call("GET /api/campaigns/{id}/imports", { params: { id }, signal }),
    refetchInterval: ({ state: { data } }) => (data?.some((one) => one?.status === "running") ? 1000 : false),
  });
  const added = imports.data?.reduce((sum, one) => sum + (one?.added ?? 0), 0);
  const latest = useRef(changed);
  useEffect(() => void (latest.current = changed));
  useEffect(() => void latest.current(), [added]);
  const again = async (): Promise<void> => {
    await Promise.all([changed(), imports.refetch()]);
  };
  const { submit: readFile, isBusy, failure } = useUpload(id, again);
  const close = (): void => setOpen(undefined);
  return (
    <div className={style.stack}>
      <p className={style.sum}>
        <b>{count(total)}</b> <small>{words.people(total)}</small>
      </p>
      <div className={style.tools}>
        <FileTrigger acceptedFileTypes={[".csv", "text/csv"]} onSelect={(files) => files?.[0] && readFile(files[0])}>
          <Button isPending={isBusy}>
            <Upload size={15} aria-hidden /> {words.file}
          </Button>
        </FileTrigger>
        <Button onPress={() => setOpen("tags")}>
          <Tag size={15} aria-hidden /> {words.byTag}
        </Button>
        <Button onPress={() => setOpen("addresses")}>
          <Hash size={15} aria-hidden /> {campaign.channel === "email" ? words.emails : words.numbers}
        </Button>
      </div>
      {total === 0 && <p className={style.hint}>{words.fileHelp}</p>}
      {failure && <FailureText failure={failure} />}
      <Imports campaignId={id} imports={imports.data ?? []} />
      {total > 0 && (
        <div className={style.tools}>
          <Button kind="plain" isSmall onPress={() => setOpen(open === "list" ? undefined : "list")}>
            {open === "list" ? words.hide : words.show}
          </Button>
          <Button kind="plain" isSmall onPress={() => setOpen("clear")}>
            {words.clear}…
          </Button>
        </div>
      )}
      {open === "list" && <RecipientsTable campaign={campaign} />}
      {open === "tags" && <AddByTag campaignId={id} onAdded={again} onClose={close} />}
      {open === "addresses" && <AddAddresses campaign={campaign} onAdded={again} onClose={close} />}
      {open === "clear" && <Clear campaign={campaign} onCleared={again} onClose={close} />}
    </div>
  );
}

function useUpload(id: string, onDone: () => Promise<void>) {
  const chosen = useRef<File>(undefined);
  const { submit, isBusy, failure } = useSubmit(async () => {
    if (!chosen.current) return;
    const form = new FormData();
    form.append("file", chosen.current);
    await call("POST /api/campaigns/{id}/recipients/csv", { params: { id }, form });
    await onDone();
  });
  const read = (file: File): void => {
    chosen.current = file;
    submit();
  };
  return { submit: read, isBusy, failure };
}

interface ClearProps {
  campaign: Campaign;
  onCleared: () => Promise<void>;
  onClose: () => void;
}

function Clear({ campaign: { id, total_recipients: total }, onCleared, onClose }: ClearProps) {
  const { recipients: words } = useWords(campaignWords);
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/campaigns/{id}/recipients", { params: { id } });
    await onCleared();
    onClose();
  });
  return (
    <Confirm
      title={words.clearTitle(total)}
      action={words.clear}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.clearText}</p>
    </Confirm>
  );
}
