import { useState } from "react";
import type { UpdateAgent } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { loadSession, session } from "../../api/session";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Facts } from "../../kit/facts";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { useStore } from "../../kit/store";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const SORTS = ["newest", "oldest"] as const;

/** The agent's own: nobody else's right is needed. */
export function Profile() {
  const { profile: words } = useWords(settingsWords);
  const { save, saved } = useWords(commonWords);
  const profile = useStore(session).profile!;
  const [name, setName] = useState(profile.full_name);
  const [signature, setSignature] = useState(profile.signature ?? "");
  const [sort, setSort] = useState(profile.conversation_sort);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body: UpdateAgent = {
      ...(name.trim() !== profile.full_name && { full_name: name.trim() }),
      ...(signature !== (profile.signature ?? "") && { signature: signature.trim() === "" ? null : signature }),
      ...(sort !== profile.conversation_sort && { conversation_sort: sort }),
    };
    if (Object.keys(body).length > 0) await call("PATCH /api/agents/{id}", { params: { id: profile.id }, body });
    await loadSession();
    toast(saved);
  });
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <Panel>
        <div className={style.form}>
          <Form failure={failure} onSubmit={submit}>
            <TextField
              label={words.name}
              name="full_name"
              value={name}
              onChange={setName}
              isRequired
              maxLength={200}
              autoComplete="name"
            />
            <Facts
              rows={[
                { name: words.email, value: <bdi>{profile.email}</bdi> },
                { name: words.role, value: profile.role },
              ]}
            />
            <Select
              label={words.sort}
              value={sort}
              onChange={setSort}
              options={SORTS.map((id) => ({ id, name: words.sorts[id] }))}
            />
            <TextField
              label={words.signature}
              name="signature"
              help={words.signatureHelp}
              lines={4}
              value={signature}
              onChange={setSignature}
              maxLength={4000}
            />
            <div>
              <Button type="submit" kind="go" isPending={isBusy}>
                {save}
              </Button>
            </div>
          </Form>
        </div>
      </Panel>
    </Screen>
  );
}
