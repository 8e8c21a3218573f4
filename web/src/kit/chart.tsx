import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from "react";
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
  words: { asTable: string; asChart: string; point: string };
}

const [WIDTH, HEIGHT] = [920, 230];
const BOX = { left: 40, right: WIDTH - 8, top: 12, bottom: HEIGHT - 26 };

/** A line for time. The table behind its button has the same figures. */
export function LineChart({ title, label, points, fullNames, series, format, words }: LineChartProps) {
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
        <Lines label={label} points={points} fullNames={fullNames} series={series} format={format} />
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
}: Pick<LineChartProps, "label" | "points" | "fullNames" | "series" | "format">) {
  const [at, setAt] = useState<number>();
  const steps = niceSteps(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const top = steps.at(-1)!;
  const x = (i: number): number => BOX.left + ((BOX.right - BOX.left) * i) / Math.max(1, points.length - 1);
  const y = (value: number): number => BOX.bottom - ((BOX.bottom - BOX.top) * value) / top;
  const every = Math.ceil(points.length / 8);
  const move = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>): void => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const part = (((clientX - left) / width) * WIDTH - BOX.left) / (BOX.right - BOX.left);
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
    <div className={style.plot}>
      {/* Arrow keys move over the points; the line below says each. */}
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        tabIndex={0}
        onPointerMove={move}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={step}
        onBlur={() => setAt(undefined)}
      >
        {steps.map((value) => (
          <g key={value}>
            <line className={style.grid} x1={BOX.left} x2={BOX.right} y1={y(value)} y2={y(value)} />
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
          style={{ insetInlineStart: `${(x(at) / WIDTH) * 100}%` }}
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
