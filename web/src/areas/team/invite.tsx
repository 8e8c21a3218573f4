import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Copyable } from "../../kit/copyable";
import { Dialog, DialogActions } from "../../kit/dialog";
import { FormDialog } from "../../kit/form-dialog";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { AgentFields, type AgentValues, capacityOf } from "./agent-form";
import { teamWords } from "./words";
import style from "./team.module.css";

/** Creates an agent with a password of chance, which is shown once to be handed over. */
export function InviteAgent({ onClose }: { onClose: () => void }) {
  const { agents: words } = useWords(teamWords);
  const { close } = useWords(commonWords);
  const queries = useQueryClient();
  const [values, setValues] = useState<AgentValues>({ name: "", email: "", role: "agent", capacity: "" });
  const [password, setPassword] = useState<string>();
  const { submit, isBusy, failure } = useSubmit(async () => {
    const chosen = newPassword();
    const { name, email, role } = values;
    await call("POST /api/agents", {
      body: { full_name: name.trim(), email: email.trim(), role, capacity: capacityOf(values), password: chosen },
    });
    await queries.invalidateQueries({ queryKey: ["agents"] });
    setPassword(chosen);
  });
  if (password === undefined)
    return (
      <FormDialog
        title={words.create}
        action={words.invite}
        isBusy={isBusy}
        failure={failure}
        onSubmit={submit}
        onClose={onClose}
      >
        <AgentFields values={values} onChange={setValues} />
      </FormDialog>
    );
  return (
    <Dialog title={words.invited(values.name)} closeLabel={close} onClose={onClose}>
      <p>{words.invitedText}</p>
      <div className={style.stack}>
        <Copyable label={words.address} text={`${location.origin}${BASE}/`} />
        <Copyable label={words.fields.email} text={values.email.trim()} />
        <Copyable label={words.password} text={password} />
      </div>
      <DialogActions>
        <Button kind="go" onPress={onClose}>
          {words.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** 80 bits, without letters that look alike. */
function newPassword(): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyz23456789X";
  const chars = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => alphabet[byte % 32]!);
  return [0, 4, 8, 12].map((i) => chars.slice(i, i + 4).join("")).join("-");
}
