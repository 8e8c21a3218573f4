import { useState } from "react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Copyable } from "../../kit/copyable";
import { Dialog, DialogActions } from "../../kit/dialog";
import { Confirm } from "../../kit/form-dialog";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { useWebhooksChanged, type Webhook } from "./use-webhooks";
import { webhookWords } from "./words";

/** The secret shows this once; leaving takes a press on purpose. */
export function ShownSecret({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { secret: words } = useWords(webhookWords);
  const { close } = useWords(commonWords);
  const { secret, previous_secret_until: until } = webhook;
  return (
    <Dialog title={words.title} closeLabel={close} onClose={onClose} isFixed>
      <p>{words.text}</p>
      <Copyable label={words.name} text={secret} />
      {until !== null && <p>{words.both(fullDate(until))}</p>}
      <DialogActions>
        <Button kind="go" onPress={onClose}>
          {words.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** Makes another secret; the present one signs too for a day. */
export function RotateSecret({ webhook: { id, name }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { secret: words } = useWords(webhookWords);
  const changed = useWebhooksChanged();
  const [made, setMade] = useState<Webhook>();
  const { submit, isBusy, failure } = useSubmit(async () => {
    setMade(await call("POST /api/webhooks/{id}/rotate-secret", { params: { id }, body: {} }));
    await changed();
  });
  if (made) return <ShownSecret webhook={made} onClose={onClose} />;
  return (
    <Confirm
      title={words.rotateTitle(name)}
      action={words.rotate}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.rotateText}</p>
    </Confirm>
  );
}
