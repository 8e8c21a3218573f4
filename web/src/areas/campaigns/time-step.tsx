import { useState } from "react";
import type { UpdateCampaign } from "../../api/api.gen";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { SendingHours } from "./sending-hours";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import { localIn, momentOf, useZone } from "./zone";
import style from "./campaigns.module.css";

export interface Moment {
  /** As it is written; undefined: the field shows `at`. */
  local: string | undefined;
  /** null: now. */
  at: string | null;
}

interface TimeProps {
  campaign: Campaign;
  moment: Moment;
  onMoment: (moment: Moment) => void;
  onChange: (body: UpdateCampaign) => void;
}

const HOUR_MS = 3_600_000;

/** When it leaves, at which hours it may reach people, and how fast. */
export function TimeStep({ campaign, moment, onMoment, onChange }: TimeProps) {
  const { time: words } = useWords(campaignWords);
  const zone = useZone();
  const [hours, setHours] = useState(campaign.sending_hours);
  const [pace, setPace] = useState(campaign.messages_per_second === null ? "" : String(campaign.messages_per_second));
  const isLater = moment.at !== null;
  const write = (local: string): void =>
    onMoment({ local, at: local === "" ? moment.at : new Date(momentOf(local, zone)).toISOString() });
  return (
    <div className={style.stack}>
      <Select
        label={words.when}
        value={isLater ? "later" : "now"}
        onChange={(id) =>
          onMoment(
            id === "now"
              ? { local: undefined, at: null }
              : { local: undefined, at: new Date(Math.ceil((Date.now() + HOUR_MS) / HOUR_MS) * HOUR_MS).toISOString() },
          )
        }
        options={(["now", "later"] as const).map((id) => ({ id, name: words.whens[id] }))}
      />
      {moment.at !== null && (
        <label className={style.when}>
          <span>{words.at(zone ?? "")}</span>
          <input
            type="datetime-local"
            required
            value={moment.local ?? localIn(Date.parse(moment.at), zone)}
            onChange={({ target }) => write(target.value)}
          />
        </label>
      )}
      <div className={style.choice}>
        <Switch
          isSelected={hours !== null}
          onChange={(isOwn) => {
            const next = isOwn ? { start: "09:00", end: "20:00" } : null;
            setHours(next);
            onChange({ sending_hours: next });
          }}
        >
          {words.ownHours}
        </Switch>
        <small>{words.ownHoursHelp}</small>
      </div>
      {hours !== null && (
        <SendingHours
          hours={hours}
          onChange={(next) => {
            setHours(next);
            onChange({ sending_hours: next });
          }}
        />
      )}
      <TextField
        label={words.pace}
        name="messages_per_second"
        help={words.paceHelp}
        inputMode="numeric"
        value={pace}
        onChange={(text) => {
          const digits = text.replaceAll(/\D/g, "").slice(0, 4);
          setPace(digits);
          onChange({ messages_per_second: digits === "" ? null : Number(digits) });
        }}
      />
    </div>
  );
}
