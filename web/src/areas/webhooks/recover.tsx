import { useState } from "react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { FormDialog } from "../../kit/form-dialog";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { useWebhooksChanged, type Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

const DAY_MS = 86_400_000;

/** In the form that the field has, in the browser's own zone. */
const localTime = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** Tries again what has failed for good, from a time on. */
export function Recover({ webhook: { id, failing_since: since }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { recover: words } = useWords(webhookWords);
  const changed = useWebhooksChanged();
  const [from, setFrom] = useState(() => localTime(since === null ? Date.now() - DAY_MS : Date.parse(since)));
  const { submit, isBusy, failure } = useSubmit(async () => {
    let recovered = 0;
    for (let more = true; more;) {
      const part = await call("POST /api/webhooks/{id}/recover", {
        params: { id },
        body: { since: new Date(from).toISOString() },
      });
      recovered += part.recovered;
      more = part.has_more && part.recovered > 0;
    }
    await changed();
    toast(words.done(recovered));
    onClose();
  });
  return (
    <FormDialog
      title={words.title}
      action={words.action}
      isBusy={isBusy}
      isDisabled={from === ""}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{words.text}</p>
      <label className={style.when}>
        <span>{words.since}</span>
        <input type="datetime-local" required value={from} onChange={({ target }) => setFrom(target.value)} />
      </label>
    </FormDialog>
  );
}
