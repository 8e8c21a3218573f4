import { TextField } from "../../kit/field";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { settingsWords } from "./words";
import style from "./settings.module.css";

export const SECONDS = { minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof SECONDS;
const UNITS = Object.keys(SECONDS) as Unit[];

/** A length of time as people say it. */
export interface Amount {
  text: string;
  unit: Unit;
}

export const amountOf = (seconds: number): Amount => {
  const unit = UNITS.toReversed().find((one) => seconds % SECONDS[one] === 0) ?? "minutes";
  return { text: String(Math.round((seconds / SECONDS[unit]) * 100) / 100), unit };
};
export const secondsOf = ({ text, unit }: Amount): number => Math.round(Number(text.replace(",", ".")) * SECONDS[unit]);

interface AmountProps {
  label: string;
  name: string;
  value: Amount;
  onChange: (value: Amount) => void;
}

export function AmountField({ label, name, value, onChange }: AmountProps) {
  const { units } = useWords(settingsWords).sla;
  return (
    <div className={style.amount}>
      <TextField
        label={label}
        name={name}
        inputMode="decimal"
        value={value.text}
        onChange={(text) => onChange({ ...value, text: text.replaceAll(/[^\d.,]/g, "") })}
        isRequired
      />
      <Select
        isBare
        label={label}
        value={value.unit}
        onChange={(unit) => onChange({ ...value, unit })}
        options={UNITS.map((id) => ({ id, name: units[id] }))}
      />
    </div>
  );
}
