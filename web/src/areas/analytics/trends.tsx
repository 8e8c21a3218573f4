import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { Loaded } from "../../api/loaded";
import { useAccounts, useAgents, useDivisions } from "../../api/reference";
import { CHANNEL_NAMES, CHANNELS } from "../../kit/channels";
import { Panel, Tile } from "../../kit/screen";
import { Select } from "../../kit/select";
import { Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { Change } from "./change";
import {
  fitting,
  goodOf,
  type Granularity,
  isTime,
  METRICS,
  type Metric,
  pointName,
  type Scope,
  useTrends,
  written,
} from "./data";
import { span } from "./figures";
import { Frame } from "./frame";
import { TrendChart } from "./trend-chart";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

const SCOPES = ["channel", "account_id", "agent_id", "division_id"] as const;
const GRANULARITIES = ["day", "week", "month"] as const;

/** Any figure over time, of everything or of one channel, account, agent or division. */
export function Trends({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const { scope, setScope, options } = useScope();
  const [metric, setMetric] = useState<Metric>("conversations_new");
  const [chosen, setGranularity] = useState<Granularity>();
  const granularity = chosen ?? fitting(period.range);
  const trends = useTrends(period.range, granularity, scope);
  const before = useTrends(period.before, granularity, scope).data;
  return (
    <Frame
      title={words.trends.title}
      name="trends"
      period={period}
      csv={
        trends.data &&
        (() => [
          [words.day, ...METRICS.map((one) => words.metrics[one])],
          ...trends.data.days.map((day) => [day.date, ...METRICS.map((one) => day[one])]),
        ])
      }
    >
      <div className={style.filters}>
        <Select
          label={words.trends.figure}
          value={metric}
          onChange={setMetric}
          options={METRICS.map((id) => ({ id, name: words.metrics[id] }))}
        />
        <Select label={words.trends.of} value={keyOf(scope)} onChange={setScope} options={options} />
        <Select
          label={words.trends.by}
          value={granularity}
          onChange={setGranularity}
          options={GRANULARITIES.map((id) => ({ id, name: words.trends.granularities[id] }))}
        />
      </div>
      <Loaded query={trends}>
        {({ days, total, granularity: shown }) => (
          <>
            <div className={style.one}>
              <Tile
                name={words.metrics[metric]}
                value={written(metric, total[metric])}
                change={
                  <Change
                    now={total[metric]}
                    before={before?.total[metric] ?? null}
                    good={goodOf(metric)}
                    {...(isTime(metric) && { format: span })}
                  />
                }
                beside={before && words.beforeWas(written(metric, before.total[metric]))}
              />
            </div>
            <Panel>
              <TrendChart metric={metric} granularity={shown} days={days} before={before?.days} />
            </Panel>
            <Panel title={words.trends.all}>
              <Table
                label={words.trends.all}
                rows={days.toReversed()}
                keyOf={({ date }) => date}
                columns={[
                  {
                    id: "date",
                    name: words.chart.point,
                    cell: ({ date }) => <span className={style.whole}>{pointName(date, shown)}</span>,
                  },
                  ...METRICS.map((one, i) => ({
                    id: one,
                    name: words.metrics[one],
                    isFigure: true,
                    isExtra: i > 2,
                    cell: (day: (typeof days)[number]) => written(one, day[one]),
                  })),
                ]}
              />
            </Panel>
          </>
        )}
      </Loaded>
    </Frame>
  );
}

const keyOf = (scope: Scope): string => Object.entries(scope)[0]?.join(" ") ?? "all";

/** The scope is in the address, so that rows of other screens lead here. */
function useScope() {
  const words = useWords(analyticsWords);
  const search = useSearch();
  const [path, go] = useLocation();
  const params = new URLSearchParams(search);
  const name = SCOPES.find((one) => params.get(one) !== null);
  const scope: Scope = name === undefined ? {} : { [name]: params.get(name)! };
  const [agents, divisions, accounts] = [useAgents(), useDivisions(), useAccounts()];
  const options = [
    { id: "all", name: words.trends.everything },
    ...CHANNELS.map((id) => ({ id: `channel ${id}`, name: CHANNEL_NAMES[id] })),
    ...accounts.map(({ id, channel, display_name: text }) => ({
      id: `account_id ${id}`,
      name: `${CHANNEL_NAMES[channel]} · ${text}`,
    })),
    ...divisions.map(({ id, name: text }) => ({ id: `division_id ${id}`, name: words.trends.division(text) })),
    ...agents.map(({ id, full_name: text }) => ({ id: `agent_id ${id}`, name: text })),
  ];
  const key = keyOf(scope);
  if (!options.some(({ id }) => id === key)) options.push({ id: key, name: words.trends.other });
  const setScope = (next: string): void => {
    for (const one of SCOPES) params.delete(one);
    const [kind, id] = next.split(" ");
    if (id !== undefined) params.set(kind!, id);
    const text = params.toString();
    go(text === "" ? path : `${path}?${text}`);
  };
  return { scope, setScope, options };
}
