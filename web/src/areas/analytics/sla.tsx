import { Link } from "wouter";
import { Info, Timer } from "lucide-react";
import type { SlaPolicy } from "../../api/api.gen";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { LineChart } from "../../kit/chart";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Panel, Tile, Tiles } from "../../kit/screen";
import { Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE, conversationPath } from "../../paths";
import { type Breach, useBreaches } from "./breaches";
import { Change } from "./change";
import { daysIn, type Range } from "./days";
import { dayName, fullDay, span } from "./figures";
import { Frame } from "./frame";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

const KINDS = ["first_response", "resolution"] as const;
const SHOWN = 50;

/** Breaches of the targets: how many, when, of which policy, and which conversations. */
export function Sla({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const breaches = useBreaches(period);
  return (
    <Frame
      title={words.sla.title}
      name="sla-breaches"
      period={period}
      csv={
        breaches.data &&
        (() => [
          [words.sla.at, words.sla.policy, words.sla.kind, words.sla.target, words.sla.taken, words.sla.conversation],
          ...breaches.data.now.map((breach) => [
            breach.breached_at,
            nameOf(breach, breaches.data.policies),
            breach.breach_type,
            breach.threshold_secs,
            breach.actual_secs,
            breach.conversation_id,
          ]),
        ])
      }
    >
      <Loaded query={breaches}>
        {({ policies, now, before, isCut }) =>
          policies.length === 0 ? (
            <Panel>
              <Empty
                icon={<Timer size={28} strokeWidth={1.5} />}
                title={words.sla.none}
                text={words.sla.noneText}
                action={may("sla.manage") && <Link href={`~${BASE}/settings/service-levels`}>{words.sla.set}</Link>}
              />
            </Panel>
          ) : (
            <>
              <SlaTiles now={now} before={before} />
              {isCut && (
                <p className={style.hint}>
                  <Info size={14} aria-hidden /> {words.sla.isCut}
                </p>
              )}
              <Panel>
                <Line now={now} before={before} period={period} />
              </Panel>
              <Panel title={words.sla.byPolicy}>
                <ByPolicy policies={policies} now={now} />
              </Panel>
              <Panel title={words.sla.newest}>
                <Newest policies={policies} now={now} />
              </Panel>
            </>
          )
        }
      </Loaded>
    </Frame>
  );
}

const of = (breaches: readonly Breach[], kind: Breach["breach_type"]): number =>
  breaches.filter(({ breach_type: type }) => type === kind).length;
const nameOf = ({ sla_policy_id: id }: Breach, policies: readonly SlaPolicy[]): string =>
  policies.find((policy) => policy.id === id)?.name ?? "";

function SlaTiles({ now, before }: { now: readonly Breach[]; before: readonly Breach[] }) {
  const { sla: words } = useWords(analyticsWords);
  const conversations = (all: readonly Breach[]): number => new Set(all.map(({ conversation_id: id }) => id)).size;
  const tile = (name: string, value: number, earlier: number) => (
    <Tile
      name={name}
      value={count(value)}
      change={<Change now={value} before={earlier} good="down" format={count} />}
    />
  );
  return (
    <Tiles>
      {tile(words.breaches, now.length, before.length)}
      {KINDS.map((kind) => (
        <Tile
          key={kind}
          name={words.kinds[kind]}
          value={count(of(now, kind))}
          change={<Change now={of(now, kind)} before={of(before, kind)} good="down" format={count} />}
        />
      ))}
      {tile(words.conversations, conversations(now), conversations(before))}
    </Tiles>
  );
}

function Line({ now, before, period }: { now: readonly Breach[]; before: readonly Breach[]; period: Period }) {
  const words = useWords(analyticsWords);
  const perDay = (range: Range, breaches: readonly Breach[]): number[] => {
    const byDay = Map.groupBy(breaches, ({ day }) => day);
    return daysIn(range).map((day) => byDay.get(day)?.length ?? 0);
  };
  const days = daysIn(period.range);
  const title = words.per.day(words.sla.breaches);
  return (
    <LineChart
      title={title}
      label={title}
      points={days.map(dayName)}
      fullNames={days.map(fullDay)}
      series={[
        { name: words.thisPeriod, look: "main", values: perDay(period.range, now) },
        { name: words.before, look: "before", values: perDay(period.before, before) },
      ]}
      format={count}
      words={words.chart}
    />
  );
}

function ByPolicy({ policies, now }: { policies: readonly SlaPolicy[]; now: readonly Breach[] }) {
  const { sla: words } = useWords(analyticsWords);
  const broken = (id: string, kind: Breach["breach_type"]): string =>
    count(
      of(
        now.filter(({ sla_policy_id: policy }) => policy === id),
        kind,
      ),
    );
  return (
    <Table
      label={words.byPolicy}
      rows={policies}
      keyOf={({ id }) => id}
      columns={[
        { id: "name", name: words.policy, cell: ({ name }) => <bdi>{name}</bdi> },
        {
          id: "first-target",
          name: words.targets.first_response,
          isFigure: true,
          isExtra: true,
          cell: ({ first_response_time_secs: seconds }) => span(seconds),
        },
        {
          id: "first",
          name: words.kinds.first_response,
          isFigure: true,
          cell: ({ id }) => broken(id, "first_response"),
        },
        {
          id: "resolution-target",
          name: words.targets.resolution,
          isFigure: true,
          isExtra: true,
          cell: ({ resolution_time_secs: seconds }) => span(seconds),
        },
        { id: "resolution", name: words.kinds.resolution, isFigure: true, cell: ({ id }) => broken(id, "resolution") },
      ]}
    />
  );
}

function Newest({ policies, now }: { policies: readonly SlaPolicy[]; now: readonly Breach[] }) {
  const { sla: words } = useWords(analyticsWords);
  const rows = now.toSorted((one, other) => other.breached_at.localeCompare(one.breached_at)).slice(0, SHOWN);
  return (
    <Table
      label={words.newest}
      rows={rows}
      keyOf={({ id }) => id}
      empty={<Empty icon={<Timer size={28} strokeWidth={1.5} />} title={words.kept} text={words.keptText} />}
      columns={[
        {
          id: "at",
          name: words.at,
          cell: ({ breached_at: at, conversation_id: id }) =>
            may("conversations.view") ? (
              <Link href={`~${BASE}${conversationPath(id)}`}>{fullDate(at)}</Link>
            ) : (
              fullDate(at)
            ),
        },
        { id: "kind", name: words.kind, cell: ({ breach_type: kind }) => words.kinds[kind] },
        { id: "policy", name: words.policy, isExtra: true, cell: (breach) => <bdi>{nameOf(breach, policies)}</bdi> },
        { id: "target", name: words.target, isFigure: true, cell: ({ threshold_secs: seconds }) => span(seconds) },
      ]}
    />
  );
}
