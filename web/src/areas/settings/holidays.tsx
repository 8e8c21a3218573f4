import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarOff, Plus, Trash2 } from "lucide-react";
import type { Holiday } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { may } from "../../api/session";
import { Button, IconButton } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Switch } from "../../kit/switch";
import { Confirm } from "../../kit/form-dialog";
import { Panel } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { locale, useWords } from "../../kit/words";
import { HolidayForm } from "./holiday-form";
import { settingsWords } from "./words";

/** The day as the organization's calendar has it, whatever the zone of this browser. */
const dateText = (date: string): string =>
  new Intl.DateTimeFormat(locale.get() === "id" ? "id-ID" : "en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }).format(new Date(`${date}T00:00:00Z`));

type Open = { as: "form"; holiday: Holiday | undefined } | { as: "remove"; holiday: Holiday };

export function Holidays() {
  const { hours: words } = useWords(settingsWords);
  const { remove } = useWords(commonWords);
  const [hasPast, setPast] = useState(false);
  const [open, setOpen] = useState<Open>();
  const divisions = useDivisions();
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const holidays = useQuery({
    queryKey: ["holidays", hasPast],
    queryFn: () => call("GET /api/working-hours/holidays", { query: hasPast ? {} : { from: yesterday } }),
  });
  const canManage = may("settings.manage");
  const columns: Column<Holiday>[] = [
    { id: "date", name: words.columns.date, cell: ({ date }) => dateText(date) },
    { id: "name", name: words.columns.name, cell: ({ name }) => <bdi>{name}</bdi> },
    {
      id: "hours",
      name: words.columns.hours,
      cell: ({ hours }) =>
        hours.length === 0
          ? words.closed
          : hours.map(({ start_time: start, end_time: end }) => `${start} – ${end}`).join(", "),
    },
    {
      id: "division",
      name: words.columns.division,
      isExtra: true,
      cell: ({ division_id: of }) =>
        of === null ? words.everybody : <bdi>{divisions.find(({ id }) => id === of)?.name}</bdi>,
    },
    ...(canManage
      ? [
          {
            id: "remove",
            name: "",
            isFigure: true,
            cell: (holiday: Holiday) => (
              <IconButton label={`${remove}: ${holiday.name}`} onPress={() => setOpen({ as: "remove", holiday })}>
                <Trash2 size={15} />
              </IconButton>
            ),
          },
        ]
      : []),
  ];
  return (
    <Panel
      title={words.holidays}
      actions={
        <>
          <Switch isSelected={hasPast} onChange={setPast}>
            {words.past}
          </Switch>
          {canManage && (
            <Button isSmall onPress={() => setOpen({ as: "form", holiday: undefined })}>
              <Plus size={14} aria-hidden /> {words.addHoliday}
            </Button>
          )}
        </>
      }
    >
      <Loaded query={holidays}>
        {(rows) => (
          <Table<Holiday>
            label={words.holidays}
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            {...(canManage && { onOpen: (holiday) => setOpen({ as: "form", holiday }) })}
            empty={
              <Empty
                icon={<CalendarOff size={28} strokeWidth={1.5} />}
                title={words.noHolidays}
                text={words.noHolidaysText}
              />
            }
          />
        )}
      </Loaded>
      {open?.as === "form" && <HolidayForm holiday={open.holiday} onClose={() => setOpen(undefined)} />}
      {open?.as === "remove" && <RemoveHoliday holiday={open.holiday} onClose={() => setOpen(undefined)} />}
    </Panel>
  );
}

function RemoveHoliday({ holiday: { id, name }, onClose }: { holiday: Holiday; onClose: () => void }) {
  const { hours: words } = useWords(settingsWords);
  const { remove } = useWords(commonWords);
  const queries = useQueryClient();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/working-hours/holidays/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["holidays"] });
    onClose();
  });
  return (
    <Confirm
      title={words.removeTitle(name)}
      action={remove}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
    </Confirm>
  );
}
