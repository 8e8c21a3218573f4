import { useState } from "react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { session } from "../../api/session";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { keep, readKept } from "../../kit/storage";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";

interface TestProps {
  campaign: Campaign;
  /** The values of the recipient who is looked at. */
  variables: Record<string, string>;
  onClose: () => void;
}

/** Sends the message to the author; the number is remembered on this device. */
export function TestSend({ campaign: { id, channel }, variables, onClose }: TestProps) {
  const { test: words } = useWords(campaignWords);
  const isMail = channel === "email";
  const profile = session.get().profile;
  const kept = `campaign-test ${profile?.id}`;
  const [to, setTo] = useState(() => (isMail ? (profile?.email ?? "") : readKept(kept, "")));
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/campaigns/{id}/test", { params: { id }, body: { to: to.trim(), variables } });
    if (!isMail) keep(kept, to.trim());
    toast(words.sent(to.trim()));
    onClose();
  });
  return (
    <FormDialog
      title={words.title}
      action={words.action}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{words.text}</p>
      <TextField
        label={isMail ? words.email : words.phone}
        name="to"
        type={isMail ? "email" : "tel"}
        value={to}
        onChange={setTo}
        isRequired
        autoFocus
      />
    </FormDialog>
  );
}
