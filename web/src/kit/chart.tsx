import { type KeyboardEvent, type PointerEvent, type ReactNode, useCallback, useState } from "react";
import { Table2 } from "lucide-react";
import { IconButton } from "./button";
import { niceSteps, pathOf } from "./chart-scale";
import { Table } from "./table";
import style from "./chart.module.css";

export interface Series {
  name: string;
  /** `before`: the same period before, in grey. */
  look: "main" | "before";
  /** One for each point; null: there is none. */
  values: readonly (number | null)[];
}

interface LineChartProps {
  title: ReactNode;
  /** For screen readers: what it shows. */
  label: string;
  /** Short, below the axis. */
  points: readonly string[];
  /** In full, in the tip and the table. */
  fullNames: readonly string[];
  series: readonly Series[];
  format: (value: number) => string;
  /** Steps of the axis; by default even ones up to the largest value. */
  steps?: readonly number[];
  words: { asTable: string; asChart: string; point: string };
}

const HEIGHT = 230;
const BOX = { left: 48, top: 12, bottom: HEIGHT - 26 };
const NAME_WIDTH = 90;

/** A line for time. The table behind its button has the same figures. */
export function LineChart({ title, label, points, fullNames, series, format, steps, words }: LineChartProps) {
  const [isTable, setTable] = useState(false);
  return (
    <>
      <header className={style.head}>
        <h2>{title}</h2>
        {series.map(({ name, look }) => (
          <span key={name} className={style.key}>
            <i className={style[look]} />
            {name}
          </span>
        ))}
        <IconButton label={isTable ? words.asChart : words.asTable} onPress={() => setTable(!isTable)}>
          <Table2 size={16} />
        </IconButton>
      </header>
      {isTable ? (
        <Table
          label={label}
          rows={fullNames.map((name, i) => ({ name, i }))}
          keyOf={({ i }) => String(i)}
          columns={[
            { id: "point", name: words.point, cell: ({ name }) => name },
            ...series.map(({ name, values }) => ({
              id: name,
              name,
              isFigure: true,
              cell: ({ i }: { i: number }) => shownValue(values[i], format),
            })),
          ]}
        />
      ) : (
        <Lines
          label={label}
          points={points}
          fullNames={fullNames}
          series={series}
          format={format}
          {...(steps && { steps })}
        />
      )}
    </>
  );
}

const shownValue = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? "–" : format(value);

function Lines({
  label,
  points,
  fullNames,
  series,
  format,
  steps: given,
}: Pick<LineChartProps, "label" | "points" | "fullNames" | "series" | "format" | "steps">) {
  const [at, setAt] = useState<number>();
  const { ref, width } = useWidth();
  const right = width - 8;
  const steps = given ?? niceSteps(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const top = steps.at(-1)!;
  const x = (i: number): number => BOX.left + ((right - BOX.left) * i) / Math.max(1, points.length - 1);
  const y = (value: number): number => BOX.bottom - ((BOX.bottom - BOX.top) * value) / top;
  const every = Math.max(1, Math.ceil((points.length * NAME_WIDTH) / width));
  const move = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>): void => {
    const { left } = currentTarget.getBoundingClientRect();
    const part = (clientX - left - BOX.left) / (right - BOX.left);
    setAt(Math.max(0, Math.min(points.length - 1, Math.round(part * (points.length - 1)))));
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(points.length - 1, (at ?? (by > 0 ? -1 : points.length)) + by)));
  };
  const said = at === undefined ? "" : tipOf(at, fullNames, series, format).join(", ");
  return (
    <div className={style.plot} ref={ref}>
      {/* Arrow keys move over the points; the line below says each. */}
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        tabIndex={0}
        onPointerMove={move}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={step}
        onBlur={() => setAt(undefined)}
      >
        {steps.map((value) => (
          <g key={value}>
            <line className={style.grid} x1={BOX.left} x2={right} y1={y(value)} y2={y(value)} />
            <text x={BOX.left - 8} y={y(value) + 3.5} textAnchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        {points.map((name, i) =>
          i % every === 0 ? (
            <text key={i} x={x(i)} y={HEIGHT - 6} textAnchor="middle">
              {name}
            </text>
          ) : null,
        )}
        {series.toReversed().map(({ name, look, values }) => (
          <g key={name}>
            {look === "main" && <path className={style.area} d={pathOf(values, x, y, BOX.bottom)} />}
            <path className={`${style.line} ${style[look]}`} d={pathOf(values, x, y)} />
          </g>
        ))}
        {at !== undefined && (
          <g>
            <line className={style.cross} x1={x(at)} x2={x(at)} y1={BOX.top} y2={BOX.bottom} />
            {series.map(({ name, look, values }) =>
              look === "main" && values[at] !== null && values[at] !== undefined ? (
                <circle key={name} className={style.point} cx={x(at)} cy={y(values[at])} r="4.5" />
              ) : null,
            )}
          </g>
        )}
      </svg>
      {at !== undefined && (
        <p
          className={style.tip}
          style={{ insetInlineStart: `${(x(at) / width) * 100}%` }}
          data-late={at > points.length / 2 || undefined}
        >
          {tipOf(at, fullNames, series, format).map((line, i) => (
            <span key={i}>{line}</span>
          ))}
        </p>
      )}
      <p className="hidden-text" role="status">
        {said}
      </p>
    </div>
  );
}

/** The chart is drawn in pixels, so that its words keep their size. */
function useWidth(): { ref: (element: HTMLElement | null) => (() => void) | undefined; width: number } {
  const [width, setWidth] = useState(920);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

const tipOf = (
  at: number,
  fullNames: readonly string[],
  series: readonly Series[],
  format: (value: number) => string,
): string[] => [
  fullNames[at] ?? "",
  series
    .map(({ name, look, values }) => `${look === "main" ? "" : `${name} `}${shownValue(values[at], format)}`)
    .join(" · "),
];

interface Bar {
  name: string;
  value: number;
  /** A token of tokens.css: `whatsapp`. By default the accent. */
  color?: string | undefined;
}

/** Bars for parts, the longest full. */
export function Bars({
  label,
  bars,
  format,
}: {
  label: string;
  bars: readonly Bar[];
  format: (value: number) => string;
}) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <ul className={style.bars} aria-label={label}>
      {bars.map(({ name, value, color = "accent" }) => (
        <li key={name}>
          <span>{name}</span>
          <i style={{ inlineSize: `${(value / most) * 100}%`, background: `var(--${color})` }} />
          <b>{format(value)}</b>
        </li>
      ))}
    </ul>
  );
}
