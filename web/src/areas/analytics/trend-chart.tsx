import { LineChart } from "../../kit/chart";
import { useWords } from "../../kit/words";
import { axisOf, fullPointName, type Granularity, isTime, type Metric, pointName, written } from "./data";
import { analyticsWords } from "./words";

type Day = { date: string } & Record<Metric, number | null>;

interface TrendChartProps {
  metric: Metric;
  granularity: Granularity;
  days: readonly Day[];
  before: readonly Day[] | undefined;
}

/** A figure over the days, and over those before in grey. */
export function TrendChart({ metric, granularity, days, before }: TrendChartProps) {
  const words = useWords(analyticsWords);
  const title = words.per[granularity](words.metrics[metric]);
  // An interval without a measured time is a gap, not a zero.
  const valuesOf = (all: readonly Day[] = []): (number | null)[] => days.map((_, i) => all[i]?.[metric] ?? null);
  return (
    <LineChart
      title={title}
      label={title}
      points={days.map(({ date }) => pointName(date, granularity))}
      fullNames={days.map(({ date }) => fullPointName(date, granularity, words.weekOf))}
      series={[
        { name: words.thisPeriod, look: "main", values: valuesOf(days) },
        { name: words.before, look: "before", values: valuesOf(before) },
      ]}
      format={isTime(metric) ? (value) => written(metric, value) : axisOf(metric)}
      words={words.chart}
    />
  );
}
