import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { ApiKey } from "../../api/api.gen";
import { call, serverNow } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Copyable } from "../../kit/copyable";
import { Dialog, DialogActions } from "../../kit/dialog";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { FormDialog } from "../../kit/form-dialog";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { RightsField } from "./rights-field";
import { usePermissions } from "./roles";
import { teamWords } from "./words";

const DAYS = { never: undefined, month: 30, quarter: 90, year: 365 } as const;
type Span = keyof typeof DAYS;
const SPANS = Object.keys(DAYS) as Span[];
const TYPES = ["read", "messaging", "full"] as const;
const DAY_MS = 86_400_000;

/** The key shows once, after it is made; leaving takes a press on purpose. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const { keys: words } = useWords(teamWords);
  const { close } = useWords(commonWords);
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [type, setType] = useState<ApiKey["key_type"]>("messaging");
  const [span, setSpan] = useState<Span>("year");
  const [isLimited, setLimited] = useState(false);
  const [scopes, setScopes] = useState<string[]>([]);
  const [made, setMade] = useState<string>();
  const permissions = usePermissions().data?.filter(({ code }) => may(code)) ?? [];
  const { submit, isBusy, failure } = useSubmit(async () => {
    const days = DAYS[span];
    const { plaintext_key: key } = await call("POST /api/api-keys", {
      body: {
        name: name.trim(),
        key_type: type,
        ...(days !== undefined && { expires_at: new Date(serverNow() + days * DAY_MS).toISOString() }),
        ...(isLimited && { scopes }),
      },
    });
    setMade(key);
    await queries.invalidateQueries({ queryKey: ["api-keys"] });
  });
  if (made !== undefined)
    return (
      <Dialog title={words.shownTitle} closeLabel={close} onClose={onClose} isFixed>
        <p>{words.shownText}</p>
        <Copyable label={words.key} text={made} />
        <DialogActions>
          <Button kind="go" onPress={onClose}>
            {words.done}
          </Button>
        </DialogActions>
      </Dialog>
    );
  return (
    <FormDialog
      title={words.create}
      action={words.submit}
      isBusy={isBusy}
      isDisabled={isLimited && scopes.length === 0}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
      isWide={isLimited}
    >
      <TextField
        label={words.fields.name}
        name="name"
        help={words.fields.nameHelp}
        value={name}
        onChange={setName}
        isRequired
        maxLength={100}
        autoFocus
      />
      <Select
        label={words.fields.type}
        value={type}
        onChange={setType}
        options={TYPES.map((id) => ({ id, name: words.types[id] }))}
        help={words.typeTexts[type]}
      />
      <Select
        label={words.fields.expires}
        value={span}
        onChange={setSpan}
        options={SPANS.map((id) => ({ id, name: words.spans[id] }))}
      />
      {permissions.length > 0 && (
        <Switch isSelected={isLimited} onChange={setLimited}>
          {words.fields.scopes}
        </Switch>
      )}
      {isLimited && <RightsField permissions={permissions} held={scopes} onChange={setScopes} />}
    </FormDialog>
  );
}
