import { useState } from "react";
import { addChipClass } from "../../kit/chip";
import { TextField } from "../../kit/field";
import { useWords } from "../../kit/words";
import { usePreview } from "./preview";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

type Values = Readonly<Record<string, string>>;

export interface ValuesState {
  values: Values;
  set: (name: string, value: string) => void;
}

/** The values for everybody. An empty one is none: then each recipient needs its own. */
export function useValues(campaign: Campaign, onChange: (values: Record<string, string>) => void): ValuesState {
  const [values, setValues] = useState<Values>(campaign.variables);
  return {
    values,
    set(name, value) {
      const { [name]: _, ...others } = values;
      const next = value === "" ? others : { ...others, [name]: value };
      setValues(next);
      onChange(next);
    },
  };
}

/** Each blank of the message, with what fills it: words, what is known of the contact, a column of the file. */
export function ValuesStep({ campaign, values: { values, set } }: { campaign: Campaign; values: ValuesState }) {
  const { values: words } = useWords(campaignWords);
  const { preview, recipient } = usePreview(campaign, 1);
  const own = Object.keys(recipient?.variables ?? {});
  const blanks = [...new Map((preview?.variables ?? []).map((one) => [one.name, one])).values()];
  if (preview && blanks.length === 0) return <p className={style.hint}>{words.none}</p>;
  return (
    <div className={style.stack}>
      <p className={style.hint}>{words.intro}</p>
      {blanks.map(({ name, component, sample, is_required: isRequired }) => (
        <div key={name} className={style.value}>
          <TextField
            label={words.label(words.parts[component as keyof typeof words.parts] ?? component, name)}
            name={`variables.${name}`}
            value={values[name] ?? ""}
            placeholder={sample === null ? "" : words.sample(sample)}
            onChange={(value) => set(name, value)}
            help={own.includes(name) ? words.own : isRequired ? undefined : words.optional}
            maxLength={1024}
          />
          <p className={style.inserts}>
            {[
              { name: words.contactName, text: `{{contact.name|${words.fallback}}}` },
              { name: words.orgName, text: "{{org.name}}" },
              ...own.filter((column) => column !== name).map((column) => ({ name: column, text: `{{${column}}}` })),
            ].map((one) => (
              <button
                key={one.text}
                type="button"
                className={addChipClass}
                aria-label={words.insert(one.name, name)}
                onClick={() => set(name, `${values[name] ?? ""}${one.text}`)}
              >
                <bdi>{one.name}</bdi>
              </button>
            ))}
          </p>
        </div>
      ))}
    </div>
  );
}
