import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { call } from "../../api/call";
import { toastProblem, useSubmit } from "../../api/problems";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Confirm, FormDialog } from "../../kit/form-dialog";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { type Campaign, useRefresh } from "./use-campaign";
import { campaignWords } from "./words";

interface ChangeProps {
  campaign: Campaign;
  onClose: () => void;
}

/** Makes a draft of the same message, and opens it. */
export function useDuplicate({ id }: Campaign): () => void {
  const words = useWords(campaignWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const duplicate = async (): Promise<void> => {
    const copy = await call("POST /api/campaigns/{id}/duplicate", { params: { id }, body: {} });
    await queries.invalidateQueries({ queryKey: ["campaigns"] });
    go(`/${copy.id}`);
    toast(words.duplicated);
  };
  return () => void duplicate().catch(toastProblem);
}

export function Rename({ campaign: { id, name: before }, onClose }: ChangeProps) {
  const words = useWords(campaignWords);
  const { save } = useWords(commonWords);
  const refresh = useRefresh(id);
  const [name, setName] = useState(before);
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PATCH /api/campaigns/{id}", { params: { id }, body: { name: name.trim() } });
    await refresh();
    onClose();
  });
  return (
    <FormDialog
      title={words.rename}
      action={save}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.make.name}
        name="name"
        value={name}
        onChange={setName}
        isRequired
        maxLength={200}
        autoFocus
      />
    </FormDialog>
  );
}

export function RemoveCampaign({ campaign: { id, name }, onClose }: ChangeProps) {
  const { remove: words } = useWords(campaignWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/campaigns/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["campaigns"] });
    go("/");
  });
  return (
    <Confirm
      title={words.title(name)}
      action={words.action}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.text}</p>
    </Confirm>
  );
}

export function CancelCampaign({ campaign: { id, name, pending_count: pending }, onClose }: ChangeProps) {
  const { cancelling: words } = useWords(campaignWords);
  const refresh = useRefresh(id);
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/campaigns/{id}/cancel", { params: { id } });
    await refresh();
    onClose();
  });
  return (
    <Confirm
      title={words.title(name)}
      action={words.action}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.text(pending)}</p>
    </Confirm>
  );
}
