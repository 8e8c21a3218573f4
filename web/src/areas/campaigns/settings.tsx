import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import type { CampaignSettings, UpdateCampaignSettings } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { Form } from "../../kit/form";
import { Panel, Screen } from "../../kit/screen";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { SendingHours } from "./sending-hours";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

/** Rules for all campaigns: when they may reach people, how many messages one gets, and the words to opt out. */
export function CampaignSettingsScreen() {
  const { settings: words, title } = useWords(campaignWords);
  const settings = useQuery({
    queryKey: ["campaign-settings"],
    queryFn: ({ signal }) => call("GET /api/settings/campaigns", { signal }),
  });
  return (
    <Screen crumb={<Link href="/">{title}</Link>} title={words.title} subtitle={words.intro}>
      <Loaded query={settings}>{(data) => <SettingsForm key={data.updated_at} settings={data} />}</Loaded>
    </Screen>
  );
}

const USUAL_HOURS = { start: "09:00", end: "20:00" };
const USUAL_CAP = { max: "4", days: "7" };

/** One a line; nothing: the defaults. */
const wordsIn = (text: string): string[] | null => {
  const found = [
    ...new Set(
      text
        .split(/[\n,]/)
        .map((one) => one.trim())
        .filter((one) => one !== ""),
    ),
  ];
  return found.length === 0 ? null : found;
};

function SettingsForm({ settings }: { settings: CampaignSettings }) {
  const { settings: words } = useWords(campaignWords);
  const { save, saved } = useWords(commonWords);
  const queries = useQueryClient();
  const { frequency_cap: before, prices } = settings;
  const [hours, setHours] = useState(settings.sending_hours);
  const [cap, setCap] = useState(before && { max: String(before.max), days: String(before.days) });
  const [optOut, setOptOut] = useState(settings.opt_out_words?.join("\n") ?? "");
  const [optIn, setOptIn] = useState(settings.opt_in_words?.join("\n") ?? "");
  const [reply, setReply] = useState(settings.opt_out_reply ?? "");
  const isFixed = !may("settings.manage");
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body: UpdateCampaignSettings = {
      sending_hours: hours,
      frequency_cap: cap && { max: Number(cap.max), days: Number(cap.days) },
      opt_out_words: wordsIn(optOut),
      opt_in_words: wordsIn(optIn),
      opt_out_reply: reply.trim() === "" ? null : reply.trim(),
    };
    await call("PATCH /api/settings/campaigns", { body });
    await queries.invalidateQueries({ queryKey: ["campaign-settings"] });
    toast(saved);
  });
  const digits = (text: string): string => text.replaceAll(/\D/g, "").slice(0, 4);
  return (
    <Form failure={failure} onSubmit={submit}>
      <Panel title={words.hours}>
        <div className={style.stack}>
          <div className={style.choice}>
            <Switch
              isSelected={hours !== null}
              isDisabled={isFixed}
              onChange={(isOn) => setHours(isOn ? USUAL_HOURS : null)}
            >
              {words.quiet}
            </Switch>
            <small>{words.quietHelp}</small>
          </div>
          {hours !== null && <SendingHours hours={hours} onChange={setHours} isDisabled={isFixed} />}
        </div>
      </Panel>
      <Panel title={words.cap}>
        <div className={style.stack}>
          <div className={style.choice}>
            <Switch isSelected={cap !== null} isDisabled={isFixed} onChange={(isOn) => setCap(isOn ? USUAL_CAP : null)}>
              {words.capped}
            </Switch>
            <small>{words.cappedHelp}</small>
          </div>
          {cap !== null && (
            <div className={style.pair}>
              <TextField
                label={words.max}
                name="frequency_cap.max"
                inputMode="numeric"
                isRequired
                isDisabled={isFixed}
                value={cap.max}
                onChange={(text) => setCap({ ...cap, max: digits(text) })}
              />
              <TextField
                label={words.days}
                name="frequency_cap.days"
                inputMode="numeric"
                isRequired
                isDisabled={isFixed}
                value={cap.days}
                onChange={(text) => setCap({ ...cap, days: digits(text) })}
              />
            </div>
          )}
        </div>
      </Panel>
      <Panel title={words.leaving}>
        <div className={style.stack}>
          <TextField
            label={words.optOut}
            name="opt_out_words"
            help={words.wordsHelp(settings.default_opt_out_words)}
            lines={4}
            isDisabled={isFixed}
            value={optOut}
            onChange={setOptOut}
          />
          <TextField
            label={words.optIn}
            name="opt_in_words"
            help={words.wordsHelp(settings.default_opt_in_words)}
            lines={4}
            isDisabled={isFixed}
            value={optIn}
            onChange={setOptIn}
          />
          <TextField
            label={words.reply}
            name="opt_out_reply"
            help={words.replyHelp}
            lines={3}
            isDisabled={isFixed}
            value={reply}
            onChange={setReply}
            maxLength={1000}
          />
        </div>
      </Panel>
      <Panel title={words.prices}>
        <p className={style.hint}>
          {prices === null ? words.usualPrices : words.ownPrices(prices.currency, prices.rates.length)}
        </p>
      </Panel>
      {!isFixed && (
        <div>
          <Button kind="go" type="submit" isPending={isBusy}>
            {save}
          </Button>
        </div>
      )}
    </Form>
  );
}
