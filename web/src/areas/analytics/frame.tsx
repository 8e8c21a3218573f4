import { type ReactNode, useState } from "react";
import { CalendarDays, ChevronDown, Download } from "lucide-react";
import { Loaded } from "../../api/loaded";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { FormDialog } from "../../kit/form-dialog";
import { TextField } from "../../kit/field";
import { Menu } from "../../kit/menu";
import { Screen } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { type CsvRow, saveCsv } from "./csv";
import { lengthOf, MAX_DAYS, type Range, SPANS } from "./days";
import { rangeName, zoneName } from "./figures";
import { type Period, usePeriod } from "./use-period";
import { analyticsWords } from "./words";

interface FrameProps {
  title: string;
  /** For the name of the file. */
  name: string;
  /** Rows of the file, its heads first; undefined: not loaded yet. */
  csv: (() => readonly CsvRow[]) | undefined;
  period: Period;
  /** Names the timezone of the days, where it is not the organization's. */
  zoneOf?: string;
  isCompared?: boolean;
  actions?: ReactNode;
  children: ReactNode;
}

/** Gives a screen its days as soon as the organization's zone is known. */
export function WithPeriod({ children }: { children: (period: Period) => ReactNode }) {
  const { zone, period } = usePeriod();
  return <Loaded query={zone}>{() => period && children(period)}</Loaded>;
}

/** A screen of figures: which days, in which zone, other days, and the figures as a file. */
export function Frame({ title, name, csv, period, zoneOf, isCompared = true, actions, children }: FrameProps) {
  const words = useWords(analyticsWords);
  const [isChoosing, setChoosing] = useState(false);
  const { range, chosen, timezone, choose } = period;
  const save = (): void => csv && saveCsv(`${name}-${range.from}-${range.to}`, csv());
  useActions([
    ...(csv ? [{ id: "analytics/csv", name: words.exportCsv, group: words.title, run: save }] : []),
    { id: "analytics/days", name: words.chooseDays, group: words.title, run: () => setChoosing(true) },
  ]);
  return (
    <Screen
      title={title}
      subtitle={words.subtitle(
        rangeName(range),
        isCompared ? lengthOf(range) : undefined,
        zoneOf ?? words.zone(zoneName(timezone)),
      )}
      actions={
        <>
          {actions}
          <Menu
            label={words.range}
            entries={[
              ...SPANS.map((id) => ({ id, name: words.spans[id], run: () => choose(id) })),
              { id: "custom", name: `${words.chooseDays}…`, begins: true, run: () => setChoosing(true) },
            ]}
          >
            <Button>
              <CalendarDays size={15} aria-hidden />
              {typeof chosen === "string" ? words.spans[chosen] : words.days(lengthOf(chosen))}
              <ChevronDown size={14} aria-hidden />
            </Button>
          </Menu>
          <Button isDisabled={!csv} onPress={save}>
            <Download size={15} aria-hidden /> CSV
          </Button>
        </>
      }
    >
      {children}
      {isChoosing && (
        <ChooseDays range={range} today={period.today} onChoose={choose} onClose={() => setChoosing(false)} />
      )}
    </Screen>
  );
}

interface ChooseProps {
  range: Range;
  today: string;
  onChoose: (range: Range) => void;
  onClose: () => void;
}

function ChooseDays({ range, today, onChoose, onClose }: ChooseProps) {
  const words = useWords(analyticsWords);
  const [{ from, to }, setDays] = useState(range);
  const fault =
    from === "" || to === "" || from > to
      ? words.orderFault
      : lengthOf({ from, to }) > MAX_DAYS
        ? words.lengthFault(MAX_DAYS)
        : undefined;
  const [isRefused, setRefused] = useState(false);
  return (
    <FormDialog
      title={words.chooseDays}
      action={words.show}
      isBusy={false}
      failure={isRefused && fault !== undefined ? { text: fault, fields: {} } : undefined}
      onSubmit={() => {
        if (fault !== undefined) return setRefused(true);
        onChoose({ from, to });
        onClose();
      }}
      onClose={onClose}
    >
      <TextField
        label={words.from}
        type="date"
        value={from}
        onChange={(day) => setDays({ from: day, to })}
        autoFocus
        isRequired
      />
      <TextField
        label={words.to}
        type="date"
        value={to}
        help={words.todayIs(today)}
        onChange={(day) => setDays({ from, to: day })}
        isRequired
      />
    </FormDialog>
  );
}
