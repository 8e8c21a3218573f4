import type { Division } from "../../api/api.gen";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { teamWords } from "./words";
import style from "./team.module.css";

export interface DivisionValues {
  name: string;
  description: string;
  method: Division["allocation_method"];
  /** Undefined of a division that is about to be made: it is active. */
  isActive?: boolean;
}

export const valuesOf = (division?: Division): DivisionValues => ({
  name: division?.name ?? "",
  description: division?.description ?? "",
  method: division?.allocation_method ?? "least_busy",
  ...(division && { isActive: division.is_active }),
});

const METHODS = ["least_busy", "round_robin", "manual"] as const;

export function DivisionFields({
  values,
  onChange,
}: {
  values: DivisionValues;
  onChange: (values: DivisionValues) => void;
}) {
  const { divisions: words } = useWords(teamWords);
  const { fields } = words;
  const { method, isActive } = values;
  return (
    <>
      <TextField
        label={fields.name}
        name="name"
        value={values.name}
        onChange={(name) => onChange({ ...values, name })}
        isRequired
        maxLength={100}
        autoFocus
      />
      <TextField
        label={fields.description}
        name="description"
        value={values.description}
        onChange={(description) => onChange({ ...values, description })}
      />
      <Select
        label={fields.method}
        name="allocation_method"
        value={method}
        onChange={(next) => onChange({ ...values, method: next })}
        options={METHODS.map((id) => ({ id, name: words.methods[id] }))}
        help={`${words.methodTexts[method]}${method === "manual" ? "" : ` ${words.onlyFree}`}`}
      />
      {isActive !== undefined && (
        <div>
          <Switch isSelected={isActive} onChange={(next) => onChange({ ...values, isActive: next })}>
            {fields.isActive}
          </Switch>
          <p className={style.small}>{fields.isActiveHelp}</p>
        </div>
      )}
    </>
  );
}
