import { Plus, X } from "lucide-react";
import { Button, IconButton } from "./button";
import { commonWords } from "./common-words";
import { locale, useWords } from "./words";
import field from "./field.module.css";
import style from "./hours-field.module.css";

/** A span of local time on a weekday; an end before the beginning is on the next day, `24:00` the end of the day. */
export interface Hours {
  /** 0 = Sunday. */
  day_of_week: number;
  start_time: string;
  end_time: string;
}

const USUAL = { start_time: "09:00", end_time: "17:00" };
const WEEK = [1, 2, 3, 4, 5, 6, 0];
const WEEKDAYS = [1, 2, 3, 4, 5];

/** The name of a weekday, 0 = Sunday. */
export const dayName = (day: number): string =>
  // The 4th of January 1970 was a Sunday.
  new Intl.DateTimeFormat(locale.get(), { weekday: "long", timeZone: "UTC" }).format(
    new Date(Date.UTC(1970, 0, 4 + day)),
  );

interface HoursFieldProps {
  hours: readonly Hours[];
  onChange: (hours: Hours[]) => void;
  isDisabled?: boolean;
}

/** The working hours of a week. No span at all means always open. */
export function HoursField({ hours, onChange, isDisabled = false }: HoursFieldProps) {
  const { hours: words } = useWords(commonWords);
  const replace = (old: Hours, next: Hours | undefined): void =>
    onChange(hours.flatMap((one) => (one === old ? (next ?? []) : one)));
  const copy = (day: number): void => {
    const own = hours.filter(({ day_of_week: of }) => of === day);
    onChange([
      ...hours.filter(({ day_of_week: of }) => !WEEKDAYS.includes(of)),
      ...WEEKDAYS.flatMap((to) => own.map((one) => ({ ...one, day_of_week: to }))),
    ]);
  };
  return (
    <div className={style.week}>
      {hours.length === 0 && <p className={style.always}>{words.always}</p>}
      {WEEK.map((day) => {
        const spans = hours.filter(({ day_of_week: of }) => of === day);
        return (
          <fieldset key={day} className={style.day}>
            <legend className={style.name}>{dayName(day)}</legend>
            <div className={style.spans}>
              {spans.length === 0 && (
                <span className={style.closed}>{hours.length === 0 ? words.open : words.closed}</span>
              )}
              {spans.map((span, i) => (
                <Span
                  key={i}
                  day={dayName(day)}
                  span={span}
                  isDisabled={isDisabled}
                  onChange={(next) => replace(span, next)}
                />
              ))}
              {!isDisabled && day === 1 && spans.length > 0 && (
                <div>
                  <Button kind="plain" isSmall className={style.copy ?? ""} onPress={() => copy(day)}>
                    {words.copy}
                  </Button>
                </div>
              )}
            </div>
            {!isDisabled && (
              <div className={style.acts}>
                <IconButton label={words.add(dayName(day))} onPress={() => onChange([...hours, nextSpan(day, spans)])}>
                  <Plus size={15} />
                </IconButton>
              </div>
            )}
          </fieldset>
        );
      })}
    </div>
  );
}

/** A further span of a day begins an hour after the last. */
function nextSpan(day: number, spans: readonly Hours[]): Hours {
  const last = spans.at(-1);
  const hour = last ? Number(last.end_time.slice(0, 2)) + 1 : Number.NaN;
  return last && hour < 23
    ? {
        day_of_week: day,
        start_time: `${String(hour).padStart(2, "0")}:00`,
        end_time: `${String(Math.min(23, hour + 4)).padStart(2, "0")}:00`,
      }
    : { day_of_week: day, ...USUAL };
}

interface SpanProps<T> {
  day: string;
  span: T;
  isDisabled: boolean;
  onChange: (next: T | undefined) => void;
}

/** Two times. The browser's field knows no 24:00: midnight stands for it. */
export function Span<T extends Pick<Hours, "start_time" | "end_time">>({
  day,
  span,
  isDisabled,
  onChange,
}: SpanProps<T>) {
  const { hours: words } = useWords(commonWords);
  const { start_time: start, end_time: end } = span;
  if (isDisabled)
    return (
      <span className={style.span}>
        {start} – {end} {end < start && <small className={style.next}>{words.nextDay}</small>}
      </span>
    );
  const isTime = (text: string): boolean => /^\d\d:\d\d/.test(text);
  return (
    <span className={style.span}>
      <input
        type="time"
        className={`${field.input} ${style.time}`}
        aria-label={words.from(day)}
        value={start}
        onChange={({ target }) => isTime(target.value) && onChange({ ...span, start_time: target.value.slice(0, 5) })}
      />
      <span aria-hidden>–</span>
      <input
        type="time"
        className={`${field.input} ${style.time}`}
        aria-label={words.until(day)}
        value={end === "24:00" ? "00:00" : end}
        onChange={({ target }) =>
          isTime(target.value) &&
          onChange({ ...span, end_time: target.value.startsWith("00:00") ? "24:00" : target.value.slice(0, 5) })
        }
      />
      <IconButton label={words.remove(day)} onPress={() => onChange(undefined)}>
        <X size={14} />
      </IconButton>
      {end < start && <small className={style.next}>{words.nextDay}</small>}
    </span>
  );
}
