import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { CreateOutgoingWebhook } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { Button } from "../../kit/button";
import { CHANNEL_NAMES, CHANNELS } from "../../kit/channels";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Checkbox } from "../../kit/checkbox";
import { Form } from "../../kit/form";
import { Panel, Screen } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { EventsField } from "./events-field";
import { HeadersField, headersOf, rowsOf } from "./headers-field";
import { Sample } from "./sample";
import { ShownSecret } from "./secret";
import { useWebhooksChanged, type Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

type Body = CreateOutgoingWebhook;
const USUAL_PACE = 50;

/** Makes a webhook, or changes one: where to, of what, and how fast; an example of each event stands beside. */
export function WebhookForm({ webhook }: { webhook?: Webhook }) {
  const { form: words, ...all } = useWords(webhookWords);
  const { save, cancel } = useWords(commonWords);
  const [, go] = useLocation();
  const changed = useWebhooksChanged();
  const divisions = useDivisions();
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [events, setEvents] = useState<readonly string[]>(webhook?.events ?? []);
  const [channels, setChannels] = useState(webhook?.channels ?? []);
  const [divisionIds, setDivisionIds] = useState(webhook?.division_ids ?? []);
  const [pace, setPace] = useState(String(webhook?.max_per_second ?? USUAL_PACE));
  const [headers, setHeaders] = useState(() => rowsOf(webhook?.headers ?? {}));
  const [made, setMade] = useState<Webhook>();
  const [shown, setShown] = useState<string>();
  const back = webhook ? `/${webhook.id}` : "/";
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body: Body = {
      name: name.trim(),
      url: url.trim(),
      events: [...events] as Body["events"],
      channels,
      division_ids: divisionIds,
      max_per_second: Number(pace),
      headers: headersOf(headers),
    };
    if (webhook) {
      await call("PATCH /api/webhooks/{id}", { params: { id: webhook.id }, body });
      await changed();
      return go(back);
    }
    setMade(await call("POST /api/webhooks", { body }));
    await changed();
  });
  return (
    <Screen crumb={<Link href={back}>{webhook?.name ?? all.title}</Link>} title={webhook ? words.edit : all.create}>
      <div className={style.split}>
        <Form failure={failure} onSubmit={submit}>
          <Panel title={words.where}>
            <div className={style.stack}>
              <TextField
                label={words.name}
                name="name"
                value={name}
                onChange={setName}
                isRequired
                maxLength={100}
                autoFocus
              />
              <TextField
                label={words.url}
                name="url"
                type="url"
                help={words.urlHelp}
                value={url}
                onChange={setUrl}
                isRequired
              />
            </div>
          </Panel>
          <Panel title={words.events}>
            <EventsField chosen={events} onChange={setEvents} onShow={setShown} error={failure?.fields.events} />
          </Panel>
          <Panel title={words.filters}>
            <p className={style.hint}>{words.filtersHelp}</p>
            <Choices
              name={words.channels}
              options={CHANNELS.map((id) => ({ id, name: CHANNEL_NAMES[id] }))}
              chosen={channels}
              onChange={setChannels}
            />
            {divisions.length > 0 && (
              <Choices name={words.divisions} options={divisions} chosen={divisionIds} onChange={setDivisionIds} />
            )}
          </Panel>
          <Panel title={words.how}>
            <div className={style.stack}>
              <TextField
                label={words.pace}
                name="max_per_second"
                help={words.paceHelp}
                inputMode="numeric"
                value={pace}
                onChange={(text) => setPace(text.replaceAll(/\D/g, "").slice(0, 4))}
                isRequired
              />
              <HeadersField rows={headers} onChange={setHeaders} error={failure?.fields.headers} />
            </div>
          </Panel>
          <div className={style.tools}>
            <Button onPress={() => go(back)}>{cancel}</Button>
            <Button kind="go" type="submit" isPending={isBusy} isDisabled={events.length === 0}>
              {webhook ? save : words.submit}
            </Button>
          </div>
        </Form>
        <Sample type={shown ?? events[0]} onShow={setShown} />
      </div>
      {made && <ShownSecret webhook={made} onClose={() => go(`/${made.id}`)} />}
    </Screen>
  );
}

interface ChoicesProps<Id extends string> {
  name: string;
  options: readonly { id: Id; name: string }[];
  chosen: readonly Id[];
  onChange: (chosen: Id[]) => void;
}

function Choices<Id extends string>({ name, options, chosen, onChange }: ChoicesProps<Id>) {
  return (
    <fieldset className={style.choices}>
      <legend>{name}</legend>
      {options.map((one) => (
        <Checkbox
          key={one.id}
          isSelected={chosen.includes(one.id)}
          onChange={(isOn) => onChange(isOn ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))}
        >
          <bdi>{one.name}</bdi>
        </Checkbox>
      ))}
    </fieldset>
  );
}
