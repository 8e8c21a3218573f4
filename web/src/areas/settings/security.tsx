import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { loadSession, session } from "../../api/session";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Confirm } from "../../kit/form-dialog";
import { Panel, Screen } from "../../kit/screen";
import { Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { deviceOf } from "./device";
import { settingsWords } from "./words";
import style from "./settings.module.css";

export function Security() {
  const { security: words } = useWords(settingsWords);
  return (
    <Screen title={words.title}>
      <Panel title={words.sessions}>
        <Sessions />
      </Panel>
      <Panel title={words.password}>
        <div className={style.form}>
          <Password />
        </div>
      </Panel>
    </Screen>
  );
}

function Password() {
  const { security: words } = useWords(settingsWords);
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const { submit, isBusy, failure } = useSubmit(async () => {
    const { id } = session.get().profile!;
    await call("PATCH /api/agents/{id}", { params: { id }, body: { password: next, current_password: current } });
    setCurrent("");
    setNext("");
    toast(words.changed);
    // It ended all sessions, this one too: the login comes over the page.
    await loadSession();
  });
  return (
    <Form failure={failure} onSubmit={submit}>
      <TextField
        label={words.current}
        name="current_password"
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        isRequired
      />
      <TextField
        label={words.new}
        name="password"
        type="password"
        autoComplete="new-password"
        help={words.newHelp}
        minLength={6}
        value={next}
        onChange={setNext}
        isRequired
      />
      <div>
        <Button type="submit" isPending={isBusy}>
          {words.change}
        </Button>
      </div>
    </Form>
  );
}

function Sessions() {
  const { security: words } = useWords(settingsWords);
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => call("GET /api/auth/sessions") });
  const [ending, setEnding] = useState<Session>();
  return (
    <>
      <p className={style.intro}>{words.sessionsText}</p>
      <Loaded query={sessions}>
        {(rows) => (
          <Table<Session>
            label={words.sessions}
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                id: "device",
                name: words.columns.device,
                cell: ({ user_agent: agent, is_current: isCurrent }) => (
                  <span title={agent ?? ""}>
                    {deviceOf(agent, words)} {isCurrent && <Chip tone="set">{words.current_session}</Chip>}
                  </span>
                ),
              },
              { id: "at", name: words.columns.at, cell: ({ created_at: at }) => fullDate(at) },
              { id: "address", name: words.columns.address, isExtra: true, cell: ({ address }) => address },
              {
                id: "end",
                name: "",
                isFigure: true,
                cell: (one) =>
                  !one.is_current && (
                    <Button kind="plain" isSmall onPress={() => setEnding(one)}>
                      {words.end}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      {ending && <EndSession id={ending.id} onClose={() => setEnding(undefined)} />}
    </>
  );
}

function EndSession({ id, onClose }: { id: string; onClose: () => void }) {
  const { security: words } = useWords(settingsWords);
  const queries = useQueryClient();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/auth/sessions/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["sessions"] });
    onClose();
  });
  return (
    <Confirm
      title={words.endTitle}
      action={words.end}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.endText}</p>
    </Confirm>
  );
}
