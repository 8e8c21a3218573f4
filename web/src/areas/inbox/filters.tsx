import { useState } from "react";
import { useAgents, useDivisions } from "../../api/reference";
import { Bubble } from "../../kit/bubble";
import { Button } from "../../kit/button";
import { Checkbox } from "../../kit/checkbox";
import { TextField } from "../../kit/field";
import type { Beside } from "../../kit/late-bubble";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import type { ViewFilter } from "../../live/matches";
import { without } from "./filter-chips";
import type { CurrentView } from "./use-view";
import { CHANNELS, SLA, STATUSES, WINDOWS } from "./view-params";
import { inboxWords } from "./words";
import style from "./filters.module.css";

/** Every filter of the list; each change shows at once. */
export default function Filters({ view, beside }: { view: CurrentView; beside: Beside }) {
  const { filters: words } = useWords(inboxWords);
  return (
    <Bubble label={words.label} placement="bottom end" {...beside}>
      <Fields view={view} />
    </Bubble>
  );
}

function Fields({ view: { filter, setFilter } }: { view: CurrentView }) {
  const words = useWords(inboxWords);
  const agents = useAgents();
  const divisions = useDivisions();
  const any = { id: "any", name: words.filters.any };
  const one = (values: readonly string[] | undefined): string => values?.[0] ?? "any";
  return (
    <div className={style.filters}>
      <Group
        name={words.filters.status}
        field="status"
        values={STATUSES}
        names={words.statuses}
        filter={filter}
        setFilter={setFilter}
      />
      <Group
        name={words.filters.channel}
        field="channel"
        values={CHANNELS}
        names={words.channels}
        filter={filter}
        setFilter={setFilter}
      />
      <Group
        name={words.filters.sla}
        field="sla_status"
        values={SLA}
        names={words.sla}
        filter={filter}
        setFilter={setFilter}
      />
      <div className={style.selects}>
        <Select
          label={words.filters.agent}
          value={one(filter.assigned_agent_id)}
          options={[
            any,
            { id: "me", name: words.filters.me },
            { id: "none", name: words.filters.nobody },
            ...agents.map(({ id, full_name: name }) => ({ id, name })),
          ]}
          onChange={(id) => setFilter({ assigned_agent_id: id === "any" ? undefined : [id] })}
        />
        <Select
          label={words.filters.division}
          value={one(filter.division_id)}
          options={[any, ...divisions.map(({ id, name }) => ({ id, name }))]}
          onChange={(id) => setFilter({ division_id: id === "any" ? undefined : [id] })}
        />
        <Select
          label={words.filters.unread}
          value={filter.unread ?? "any"}
          options={[any, ...(["true", "false"] as const).map((id) => ({ id, name: words.filters.unreadValues[id] }))]}
          onChange={(id) => setFilter({ unread: id === "any" ? undefined : (id as "true" | "false") })}
        />
        <Select
          label={words.filters.window}
          value={filter.window ?? "any"}
          options={[any, ...WINDOWS.map((id) => ({ id, name: words.filters.windows[id] }))]}
          onChange={(id) => setFilter({ window: id === "any" ? undefined : (id as (typeof WINDOWS)[number]) })}
        />
        <TextField
          label={words.filters.sinceLabel}
          type={"date" as never}
          value={filter.updated_since?.slice(0, 10) ?? ""}
          onChange={(day) =>
            setFilter({ updated_since: day === "" ? undefined : new Date(`${day}T00:00`).toISOString() })
          }
        />
        <TagField onAdd={(tag) => setFilter({ tag: [...new Set([...(filter.tag ?? []), tag])] })} />
      </div>
    </div>
  );
}

interface GroupProps<Field extends "status" | "channel" | "sla_status"> {
  name: string;
  field: Field;
  values: readonly NonNullable<ViewFilter[Field]>[number][];
  names: Record<string, string>;
  filter: ViewFilter;
  setFilter: CurrentView["setFilter"];
}

function Group<Field extends "status" | "channel" | "sla_status">({
  name,
  field,
  values,
  names,
  filter,
  setFilter,
}: GroupProps<Field>) {
  const chosen: readonly string[] = filter[field] ?? [];
  return (
    <fieldset className={style.group}>
      <legend>{name}</legend>
      {values.map((value) => (
        <Checkbox
          key={value}
          isSelected={chosen.includes(value)}
          onChange={(isOn) => setFilter({ [field]: isOn ? [...chosen, value] : without(chosen, value) })}
        >
          {names[value]}
        </Checkbox>
      ))}
    </fieldset>
  );
}

function TagField({ onAdd }: { onAdd: (tag: string) => void }) {
  const { filters: words } = useWords(inboxWords);
  const [tag, setTag] = useState("");
  return (
    <form
      className={style.tag}
      onSubmit={(event) => {
        event.preventDefault();
        if (tag.trim() !== "") onAdd(tag.trim());
        setTag("");
      }}
    >
      <TextField label={words.tag} value={tag} onChange={setTag} maxLength={50} />
      <Button type="submit" isDisabled={tag.trim() === ""}>
        {words.add}
      </Button>
    </form>
  );
}
