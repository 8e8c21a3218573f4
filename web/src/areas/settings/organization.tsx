import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { loadSession, may, session } from "../../api/session";
import { Button } from "../../kit/button";
import { useNow } from "../../kit/clock";
import { commonWords } from "../../kit/common-words";
import { Facts } from "../../kit/facts";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Panel, Screen } from "../../kit/screen";
import { useStore } from "../../kit/store";
import { toast } from "../../kit/toast";
import { locale, useWords } from "../../kit/words";
import { settingsWords } from "./words";
import field from "../../kit/field.module.css";
import style from "./settings.module.css";

export const useTimezone = () =>
  useQuery({ queryKey: ["timezone"], queryFn: () => call("GET /api/settings/timezone") });

export function Organization() {
  const { organization: words } = useWords(settingsWords);
  const timezone = useTimezone();
  const { organization } = useStore(session).profile!;
  const language = useStore(locale);
  const country =
    organization.country === null ? null : new Intl.DisplayNames(language, { type: "region" }).of(organization.country);
  return (
    <Screen title={words.title}>
      <Panel>
        <Name key={organization.name} name={organization.name} />
        <Facts
          rows={[
            { name: words.slug, value: organization.slug },
            { name: words.country, value: country },
          ]}
        />
      </Panel>
      <Panel title={words.timezone}>
        <div className={style.form}>
          <Loaded query={timezone}>{({ timezone: zone }) => <Timezone key={zone} zone={zone} />}</Loaded>
        </div>
      </Panel>
    </Screen>
  );
}

function Name({ name }: { name: string }) {
  const { organization: words } = useWords(settingsWords);
  const { save, saved } = useWords(commonWords);
  const [value, setValue] = useState(name);
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PATCH /api/settings/organization", { body: { name: value.trim() } });
    await loadSession();
    toast(saved);
  });
  if (!may("settings.manage")) return <Facts rows={[{ name: words.name, value: <bdi>{name}</bdi> }]} />;
  return (
    <div className={style.form}>
      <Form failure={failure} onSubmit={submit}>
        <TextField
          label={words.name}
          help={words.nameHelp}
          name="name"
          value={value}
          onChange={setValue}
          isRequired
          maxLength={200}
        />
        <div>
          <Button type="submit" kind="go" isPending={isBusy} isDisabled={value.trim() === "" || value.trim() === name}>
            {save}
          </Button>
        </div>
      </Form>
    </div>
  );
}

const ZONES = Intl.supportedValuesOf("timeZone");

function Timezone({ zone }: { zone: string }) {
  const { organization: words } = useWords(settingsWords);
  const { save, saved } = useWords(commonWords);
  const queries = useQueryClient();
  const [value, setValue] = useState(zone);
  const now = useNow(60_000);
  const isKnown = ZONES.includes(value) || value === zone;
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PUT /api/settings/timezone", { body: { timezone: value } });
    await queries.invalidateQueries({ queryKey: ["timezone"] });
    toast(saved);
  });
  const isFixed = !may("settings.manage");
  return (
    <Form failure={failure} onSubmit={submit}>
      <div className={field.field}>
        <input
          aria-label={words.timezone}
          aria-describedby="zone-help"
          className={field.input}
          list="zones"
          value={value}
          disabled={isFixed}
          onChange={({ target }) => setValue(target.value)}
        />
        <datalist id="zones">
          {ZONES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </datalist>
        <small id="zone-help" className={field.help}>
          {words.timezoneHelp} {isKnown ? words.timezoneNow(timeIn(value, now)) : words.timezoneUnknown}
        </small>
      </div>
      {!isFixed && (
        <div>
          <Button type="submit" kind="go" isPending={isBusy} isDisabled={!isKnown || value === zone}>
            {save}
          </Button>
        </div>
      )}
    </Form>
  );
}

const timeIn = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(at);
