import { Star } from "lucide-react";
import type { CsatAnalytics } from "../../api/api.gen";
import { Loaded } from "../../api/loaded";
import { Bars, LineChart } from "../../kit/chart";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Columns, Panel, Tile, Tiles } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { Change } from "./change";
import { useCsat } from "./data";
import { daysIn, type Range } from "./days";
import { dayName, decimal, fullDay, percent } from "./figures";
import { Frame } from "./frame";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";

const STARS = ["5", "4", "3", "2", "1"] as const;
type Figures = Omit<CsatAnalytics, "from" | "to" | "by_day" | "by_channel" | "by_agent">;
type Row = Figures & { key: string; name: string };

export function Csat({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const { range } = period;
  const figures = useCsat(range);
  const before = useCsat(period.before).data;
  const columns = (first: string): Column<Row>[] => [
    { id: "name", name: first, cell: ({ name }) => <bdi>{name}</bdi> },
    { id: "average", name: words.csat.average, isFigure: true, cell: ({ average_rating: n }) => decimal(n) },
    {
      id: "satisfied",
      name: words.csat.satisfied,
      isFigure: true,
      isExtra: true,
      cell: ({ satisfaction_rate: n }) => percent(n),
    },
    { id: "ratings", name: words.csat.answers, isFigure: true, cell: ({ ratings: n }) => count(n) },
    { id: "rate", name: words.csat.rate, isFigure: true, isExtra: true, cell: ({ response_rate: n }) => percent(n) },
  ];
  return (
    <Frame
      title={words.csat.title}
      name="satisfaction"
      period={period}
      csv={
        figures.data &&
        (() => [
          [words.day, words.csat.sent, words.csat.answered, words.csat.answers, words.csat.average, ...STARS],
          ...figures.data.by_day.map((day) => [
            day.day,
            day.sent,
            day.answered,
            day.ratings,
            day.average_rating,
            ...STARS.map((stars) => day.distribution[stars]),
          ]),
        ])
      }
    >
      <Loaded query={figures}>
        {(data) => (
          <>
            <CsatTiles now={data} before={before} />
            {data.sent === 0 && data.ratings === 0 ? (
              <Panel>
                <Empty icon={<Star size={28} strokeWidth={1.5} />} title={words.csat.none} text={words.csat.noneText} />
              </Panel>
            ) : (
              <>
                <Panel>
                  <Line range={range} data={data} before={before} earlier={period.before} />
                </Panel>
                <Columns>
                  <Panel title={words.csat.distribution}>
                    <Bars
                      label={words.csat.distribution}
                      bars={STARS.map((stars) => ({
                        name: words.csat.stars(Number(stars)),
                        value: data.distribution[stars],
                      }))}
                      format={count}
                    />
                  </Panel>
                  <Panel title={words.channels.title}>
                    <Table
                      label={words.channels.title}
                      columns={columns(words.channels.channel)}
                      rows={data.by_channel.map((row) => ({
                        ...row,
                        key: row.channel,
                        name: CHANNEL_NAMES[row.channel],
                      }))}
                      keyOf={({ key }) => key}
                    />
                  </Panel>
                </Columns>
                <Panel title={words.agents.title}>
                  <Table
                    label={words.agents.title}
                    columns={columns(words.agents.agent)}
                    rows={data.by_agent.map((row) => ({
                      ...row,
                      key: row.agent_id ?? "none",
                      name: row.agent_name ?? words.csat.nobody,
                    }))}
                    keyOf={({ key }) => key}
                  />
                </Panel>
              </>
            )}
          </>
        )}
      </Loaded>
    </Frame>
  );
}

function CsatTiles({ now, before }: { now: Figures; before: Figures | undefined }) {
  const { csat: words } = useWords(analyticsWords);
  return (
    <Tiles>
      <Tile
        name={words.average}
        value={decimal(now.average_rating)}
        change={<Change now={now.average_rating} before={before?.average_rating ?? null} good="up" format={decimal} />}
        beside={words.of5}
      />
      <Tile
        name={words.satisfied}
        value={percent(now.satisfaction_rate)}
        change={
          <Change
            now={now.satisfaction_rate}
            before={before?.satisfaction_rate ?? null}
            good="up"
            format={words.points}
          />
        }
        beside={words.fourOrFive}
      />
      <Tile
        name={words.answered}
        value={count(now.answered)}
        change={
          <Change now={now.response_rate} before={before?.response_rate ?? null} good="up" format={words.points} />
        }
        beside={words.ofSent(percent(now.response_rate))}
      />
      <Tile
        name={words.sent}
        value={count(now.sent)}
        change={<Change now={now.sent} before={before?.sent ?? null} />}
      />
    </Tiles>
  );
}

interface LineProps {
  range: Range;
  data: CsatAnalytics;
  before: CsatAnalytics | undefined;
  earlier: Range;
}

function Line({ range, data, before, earlier }: LineProps) {
  const words = useWords(analyticsWords);
  const valuesOf = (days: readonly string[], from: CsatAnalytics | undefined): (number | null)[] => {
    const byDay = new Map(from?.by_day.map(({ day, average_rating: rating }) => [day, rating]));
    return days.map((day) => byDay.get(day) ?? null);
  };
  const days = daysIn(range);
  const title = words.per.day(words.csat.average);
  return (
    <LineChart
      title={title}
      label={title}
      points={days.map(dayName)}
      fullNames={days.map(fullDay)}
      series={[
        { name: words.thisPeriod, look: "main", values: valuesOf(days, data) },
        { name: words.before, look: "before", values: valuesOf(daysIn(earlier), before) },
      ]}
      format={decimal}
      steps={[0, 1, 2, 3, 4, 5]}
      words={words.chart}
    />
  );
}
