import { Loaded } from "../../api/loaded";
import { Button } from "../../kit/button";
import { Checkbox } from "../../kit/checkbox";
import { useWords } from "../../kit/words";
import { useEventTypes } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

interface EventsProps {
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** An example of this type is asked for. */
  onShow: (type: string) => void;
  error: string | undefined;
}

/** All types of events by what they happen to. */
export function EventsField({ chosen, onChange, onShow, error }: EventsProps) {
  const { form: words } = useWords(webhookWords);
  return (
    <Loaded query={useEventTypes()}>
      {(types) => (
        <div className={style.stack}>
          {[...Map.groupBy(types, ({ type }) => type.slice(0, type.indexOf(".")))].map(([group, of]) => {
            const ids = of.map(({ type }) => type);
            const isAll = ids.every((id) => chosen.includes(id));
            const others = chosen.filter((id) => !ids.includes(id));
            return (
              <fieldset key={group} className={style.group}>
                <legend>
                  <code>{group}</code>
                  <Button kind="plain" isSmall onPress={() => onChange(isAll ? others : [...others, ...ids])}>
                    {isAll ? words.none(group) : words.all(group)}
                  </Button>
                </legend>
                {of.map(({ type, description }) => (
                  <div key={type} className={style.event}>
                    <Checkbox
                      isSelected={chosen.includes(type)}
                      onChange={(isOn) => {
                        onChange(isOn ? [...chosen, type] : chosen.filter((one) => one !== type));
                        if (isOn) onShow(type);
                      }}
                    >
                      <code>{type}</code>
                    </Checkbox>
                    <small>{description}</small>
                  </div>
                ))}
              </fieldset>
            );
          })}
          {error !== undefined && (
            <p className={style.bad} role="alert">
              {error}
            </p>
          )}
        </div>
      )}
    </Loaded>
  );
}
