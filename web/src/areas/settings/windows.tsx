import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ChatExpirationRule } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { toastProblem, useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { CHANNEL_NAMES } from "../../kit/channels";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { Form } from "../../kit/form";
import { Columns, Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { settingsWords } from "./words";
import style from "./settings.module.css";

/** How long free text may be sent on each channel, what is resolved by itself, and who gets what is reopened. */
export function Windows() {
  const { windows: words } = useWords(settingsWords);
  const rules = useQuery({ queryKey: ["windows"], queryFn: () => call("GET /api/chat-expiration") });
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <Loaded query={rules}>
        {(all) => (
          <Columns>
            {all.map((rule) => (
              <Panel key={rule.channel} title={CHANNEL_NAMES[rule.channel]}>
                <Rule key={rule.updated_at} rule={rule} />
              </Panel>
            ))}
          </Columns>
        )}
      </Loaded>
      <Panel title={words.routing}>
        <Routing />
      </Panel>
    </Screen>
  );
}

function Rule({ rule }: { rule: ChatExpirationRule }) {
  const { windows: words } = useWords(settingsWords);
  const { save, saved } = useWords(commonWords);
  const queries = useQueryClient();
  const { window_hours, auto_resolve, resolve_unanswered, block_text_after_window, is_active } = rule;
  const before = { window_hours, auto_resolve, resolve_unanswered, block_text_after_window, is_active };
  const [values, setValues] = useState(before);
  const [hours, setHours] = useState(String(window_hours));
  const isFixed = !may("settings.manage");
  const after = { ...values, window_hours: Number(hours) };
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PUT /api/chat-expiration/{channel}", { params: { channel: rule.channel }, body: after });
    await queries.invalidateQueries({ queryKey: ["windows"] });
    toast(saved);
  });
  const choice = (name: keyof typeof values, label: string, help?: string, isNested = false) => (
    <div className={`${style.choice} ${isNested ? style.nested : ""}`}>
      <Switch
        isSelected={values[name] === true}
        isDisabled={isFixed}
        onChange={(isOn) => setValues({ ...values, [name]: isOn })}
      >
        {label}
      </Switch>
      {help !== undefined && <small>{help}</small>}
    </div>
  );
  return (
    <Form failure={failure} onSubmit={submit}>
      {choice("is_active", words.active, words.activeHelp)}
      {values.is_active && (
        <>
          <TextField
            label={words.hours}
            name="window_hours"
            help={words.hoursHelp}
            inputMode="numeric"
            value={hours}
            isDisabled={isFixed}
            onChange={(text) => setHours(text.replaceAll(/\D/g, "").slice(0, 5))}
            isRequired
          />
          {choice("block_text_after_window", words.block, words.blockHelp)}
          {choice("auto_resolve", words.resolve, words.resolveHelp)}
          {values.auto_resolve && choice("resolve_unanswered", words.unanswered, undefined, true)}
        </>
      )}
      {!isFixed && (
        <div>
          <Button type="submit" isPending={isBusy} isDisabled={JSON.stringify(after) === JSON.stringify(before)}>
            {save}
          </Button>
        </div>
      )}
    </Form>
  );
}

const REOPEN_TOS = ["last_agent_if_online", "queue", "last_agent"] as const;

function Routing() {
  const { windows: words } = useWords(settingsWords);
  const { saved } = useWords(commonWords);
  const queries = useQueryClient();
  const routing = useQuery({ queryKey: ["routing"], queryFn: () => call("GET /api/settings/routing") });
  return (
    <Loaded query={routing}>
      {({ reopen_to: chosen }) => (
        <div className={style.form}>
          <Select
            label={words.reopen}
            value={chosen}
            isDisabled={!may("settings.manage")}
            help={words.reopenTexts[chosen]}
            options={REOPEN_TOS.map((id) => ({ id, name: words.reopenTos[id] }))}
            onChange={(id) =>
              void call("PATCH /api/settings/routing", { body: { reopen_to: id } })
                .then(() => queries.invalidateQueries({ queryKey: ["routing"] }))
                .then(() => toast(saved))
                .catch(toastProblem)
            }
          />
        </div>
      )}
    </Loaded>
  );
}
