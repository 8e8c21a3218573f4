import { CircleCheck } from "lucide-react";
import type { ParkedUpdates } from "../../api/api.gen";
import { Loaded } from "../../api/loaded";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Panel, Screen } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { useOperatorQuery } from "./token";
import { operatorWords } from "./words";
import style from "./operator.module.css";

type Waiting = ParkedUpdates["waiting"][number];
type Counter = ParkedUpdates["counters"][number];

/** Lists deliveries of channels that could not be taken yet, and the week's counts of them. */
export function Parked() {
  const { parked: words } = useWords(operatorWords);
  const parked = useOperatorQuery("GET /operator/parked");
  const { waiting, counters } = useColumns();
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <Panel title={words.waiting}>
        <Loaded query={parked}>
          {(data) => (
            <Table<Waiting>
              label={words.waiting}
              columns={waiting}
              rows={data.waiting}
              keyOf={({ reason, channel, account }) => `${reason} ${channel} ${account}`}
              empty={<Empty icon={<CircleCheck size={28} strokeWidth={1.5} />} title={words.empty} />}
            />
          )}
        </Loaded>
      </Panel>
      {parked.data && parked.data.counters.length > 0 && (
        <Panel title={words.counters}>
          <Table<Counter>
            label={words.counters}
            columns={counters}
            rows={parked.data.counters}
            keyOf={({ name, day }) => `${name} ${day}`}
          />
        </Panel>
      )}
    </Screen>
  );
}

function useColumns(): { waiting: Column<Waiting>[]; counters: Column<Counter>[] } {
  const { parked: words } = useWords(operatorWords);
  return {
    waiting: [
      {
        id: "reason",
        name: words.columns.reason,
        cell: ({ reason, last_error: error }) => (
          <span className={style.stack}>
            <code>{reason}</code>
            {error !== null && <small>{error}</small>}
          </span>
        ),
      },
      {
        id: "account",
        name: words.columns.account,
        isExtra: true,
        cell: ({ channel, account }) => (account === null ? channel : `${channel} · ${account}`),
      },
      { id: "rows", name: words.columns.rows, isFigure: true, cell: ({ rows }) => count(rows) },
      { id: "oldest", name: words.columns.oldest, isFigure: true, cell: ({ oldest_at: at }) => fullDate(at) },
    ],
    counters: [
      { id: "name", name: words.columns.counter, cell: ({ name }) => <code>{name}</code> },
      { id: "day", name: words.columns.day, cell: ({ day }) => day },
      { id: "n", name: words.columns.n, isFigure: true, cell: ({ n }) => count(n) },
    ],
  };
}
