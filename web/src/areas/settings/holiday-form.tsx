import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { Holiday } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { FormDialog } from "../../kit/form-dialog";
import { Span } from "../../kit/hours-field";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const USUAL = { start_time: "09:00", end_time: "12:00" };

export function HolidayForm({ holiday, onClose }: { holiday: Holiday | undefined; onClose: () => void }) {
  const { hours: words } = useWords(settingsWords);
  const { save } = useWords(commonWords);
  const queries = useQueryClient();
  const divisions = useDivisions();
  const [date, setDate] = useState(holiday?.date ?? "");
  const [name, setName] = useState(holiday?.name ?? "");
  const [scope, setScope] = useState(holiday?.division_id ?? "all");
  const [hours, setHours] = useState(holiday?.hours ?? []);
  const isWrong = hours.some(({ start_time: start, end_time: end }) => end <= start);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body = { date, name: name.trim(), hours };
    if (holiday) await call("PATCH /api/working-hours/holidays/{id}", { params: { id: holiday.id }, body });
    else
      await call("POST /api/working-hours/holidays", {
        body: { ...body, division_id: scope === "all" ? null : scope },
      });
    await queries.invalidateQueries({ queryKey: ["holidays"] });
    onClose();
  });
  return (
    <FormDialog
      title={holiday ? words.editHoliday : words.addHoliday}
      action={save}
      isBusy={isBusy}
      isDisabled={isWrong || date === ""}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField label={words.date} name="date" type="date" value={date} onChange={setDate} isRequired autoFocus />
      <TextField label={words.name} name="name" value={name} onChange={setName} isRequired maxLength={100} />
      {/* A holiday keeps its scope. */}
      {!holiday && divisions.length > 0 && (
        <Select
          label={words.scope}
          value={scope}
          onChange={setScope}
          options={[{ id: "all", name: words.everybody }, ...divisions.map(({ id, name: of }) => ({ id, name: of }))]}
        />
      )}
      <Switch isSelected={hours.length === 0} onChange={(isClosed) => setHours(isClosed ? [] : [USUAL])}>
        {words.closedAllDay}
      </Switch>
      {hours.length > 0 && (
        <div className={style.spans}>
          {hours.map((span, i) => (
            <Span
              key={i}
              day={name}
              span={span}
              isDisabled={false}
              onChange={(next) => setHours(hours.flatMap((one, at) => (at === i ? (next ?? []) : one)))}
            />
          ))}
          {isWrong && (
            <p className={style.bad} role="alert">
              {words.overnight}
            </p>
          )}
          <Button isSmall onPress={() => setHours([...hours, { start_time: "13:00", end_time: "17:00" }])}>
            <Plus size={14} aria-hidden /> {words.addSpan}
          </Button>
        </div>
      )}
    </FormDialog>
  );
}
