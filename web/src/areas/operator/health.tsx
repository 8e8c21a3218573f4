import type { Sweep } from "../../api/api.gen";
import { Loaded } from "../../api/loaded";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Panel, Screen, Tile, Tiles } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { forgetToken, useOperatorQuery } from "./token";
import { operatorWords } from "./words";
import style from "./operator.module.css";

/** Whether the deployment answers, and the work of each minute; starved work comes first. */
export function Health() {
  const { health: words, leave } = useWords(operatorWords);
  const health = useOperatorQuery("GET /health");
  const sweeps = useOperatorQuery("GET /operator/sweeps");
  const columns = useColumns();
  const starved = sweeps.data?.filter((one) => one.starved_since !== null) ?? [];
  const failed = sweeps.data?.filter((one) => one.failed_at !== null) ?? [];
  return (
    <Screen title={words.title} subtitle={words.intro} actions={<Button onPress={forgetToken}>{leave}</Button>}>
      <Loaded query={health}>
        {({ databases }) => (
          <Tiles>
            <Tile name={words.state} value={words.ok} beside={words.databases(databases)} />
            <Tile name={words.starved} value={count(starved.length)} beside={words.starvedBeside} />
            <Tile name={words.failed} value={count(failed.length)} beside={words.failedBeside} />
          </Tiles>
        )}
      </Loaded>
      <Panel title={words.sweeps}>
        <Loaded query={sweeps}>
          {(all) => (
            <Table<Sweep>
              label={words.sweeps}
              columns={columns}
              rows={[...all].sort(
                (one, other) => Number(other.starved_since !== null) - Number(one.starved_since !== null),
              )}
              keyOf={({ name }) => name}
              empty={<Empty title={words.empty} text={words.emptyText} />}
            />
          )}
        </Loaded>
      </Panel>
    </Screen>
  );
}

function useColumns(): Column<Sweep>[] {
  const { health: words } = useWords(operatorWords);
  return [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ name, starved_since: since, starved_org_ids: orgs, last_error: error, failed_at: at }) => (
        <span className={style.stack}>
          <span>
            <code>{name}</code> {since !== null && <Chip tone="warn">{words.starvedSince(fullDate(since))}</Chip>}
          </span>
          {orgs.length > 0 && <small>{words.orgs(orgs.join(", "))}</small>}
          {error !== null && (
            <small>
              {at !== null && `${fullDate(at)}: `}
              {error}
            </small>
          )}
        </span>
      ),
    },
    { id: "ran", name: words.columns.ran, isExtra: true, cell: ({ ran_at: at }) => fullDate(at) },
    { id: "done", name: words.columns.done, isFigure: true, cell: ({ done }) => count(done) },
    {
      id: "took",
      name: words.columns.took,
      isFigure: true,
      isExtra: true,
      cell: ({ took_ms: took }) => words.ms(count(took)),
    },
  ];
}
