import { useState } from "react";
import { useLocation } from "wouter";
import { Users } from "lucide-react";
import type { AgentMetric } from "../../api/api.gen";
import { Loaded } from "../../api/loaded";
import { Avatar } from "../../kit/avatar";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Panel } from "../../kit/screen";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { Change } from "./change";
import { METRICS, useAgentFigures, useCsat } from "./data";
import { decimal, span } from "./figures";
import { Frame } from "./frame";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

const SORTS = ["resolved", "sent", "reply", "rating", "load", "name"] as const;
type Sort = (typeof SORTS)[number];

export function Agents({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const agents = useAgentFigures(period.range);
  const ratings = useCsat(period.range).data?.by_agent;
  const [sort, setSort] = useState<Sort>("resolved");
  return (
    <Frame
      title={words.agents.title}
      name="agents"
      period={period}
      csv={
        agents.data &&
        (() => [
          [
            words.agents.agent,
            ...METRICS.map((metric) => words.metrics[metric]),
            words.agents.rating,
            words.agents.load,
          ],
          ...agents.data.map((agent) => [
            agent.full_name,
            ...METRICS.map((metric) => agent.period[metric]),
            ratings?.find(({ agent_id: id }) => id === agent.agent_id)?.average_rating,
            agent.open_conversations,
          ]),
        ])
      }
    >
      <Panel>
        <div className={style.filters}>
          <Select
            label={words.agents.sort}
            value={sort}
            onChange={setSort}
            options={SORTS.map((id) => ({ id, name: words.agents.sorts[id] }))}
          />
        </div>
        <Loaded query={agents}>{(rows) => <AgentTable period={period} agents={rows} sort={sort} />}</Loaded>
      </Panel>
    </Frame>
  );
}

interface AgentTableProps {
  period: Period;
  agents: readonly AgentMetric[];
  sort?: Sort;
  limit?: number;
  /** Fewer columns, and the busiest only. */
  isShort?: boolean;
}

export function AgentTable({ period, agents, sort = "resolved", limit, isShort = false }: AgentTableProps) {
  const words = useWords(analyticsWords);
  const [, go] = useLocation();
  const before = useAgentFigures(period.before).data;
  const ratings = useCsat(period.range).data?.by_agent;
  const ratingOf = (id: string): number | null =>
    ratings?.find(({ agent_id: of }) => of === id)?.average_rating ?? null;
  const most = Math.max(1, ...agents.map(({ open_conversations: open }) => open));
  // A time that was not measured comes last.
  const weight: Record<Sort, (agent: AgentMetric) => number> = {
    resolved: ({ period: { conversations_resolved: n } }) => -n,
    sent: ({ period: { messages_sent: n } }) => -n,
    reply: ({ period: { first_response_median_secs: n } }) => n ?? Infinity,
    rating: ({ agent_id: id }) => -(ratingOf(id) ?? 0),
    load: ({ open_conversations: n }) => -n,
    name: () => 0,
  };
  const rows = agents.toSorted((one, other) => {
    const [a, b] = [weight[sort](one), weight[sort](other)];
    return a === b ? one.full_name.localeCompare(other.full_name) : a - b;
  });
  const columns: Column<AgentMetric>[] = [
    {
      id: "agent",
      name: words.agents.agent,
      cell: ({ agent_id: id, full_name: name, status }) => (
        <span className={style.person}>
          <Avatar name={name} of={id} size={22} />
          <bdi>{status === "deleted" ? words.agents.deleted(name) : name}</bdi>
        </span>
      ),
    },
    {
      id: "resolved",
      name: words.agents.resolved,
      isFigure: true,
      cell: ({ agent_id: id, period: { conversations_resolved: n } }) => (
        <>
          {!isShort && (
            <small>
              <Change
                now={n}
                before={before?.find(({ agent_id: of }) => of === id)?.period.conversations_resolved ?? null}
                good="up"
                format={count}
              />{" "}
            </small>
          )}
          {count(n)}
        </>
      ),
    },
    ...(isShort
      ? []
      : [
          {
            id: "sent",
            name: words.agents.sent,
            isFigure: true,
            isExtra: true,
            cell: ({ period: { messages_sent: n } }: AgentMetric) => count(n),
          },
        ]),
    {
      id: "reply",
      name: words.agents.reply,
      isFigure: true,
      cell: ({ period: { first_response_median_secs: n } }) => span(n),
    },
    ...(isShort
      ? []
      : [
          {
            id: "resolution",
            name: words.agents.resolution,
            isFigure: true,
            isExtra: true,
            cell: ({ period: { resolution_median_secs: n } }: AgentMetric) => span(n),
          },
        ]),
    {
      id: "rating",
      name: words.agents.rating,
      isFigure: true,
      isExtra: true,
      cell: ({ agent_id: id }) => decimal(ratingOf(id)),
    },
    {
      id: "load",
      name: words.agents.load,
      isExtra: true,
      cell: ({ open_conversations: open }) => (
        <span className={style.load}>
          <span>
            <i style={{ inlineSize: `${(open / most) * 100}%` }} />
          </span>
          {count(open)}
        </span>
      ),
    },
  ];
  return (
    <Table
      label={words.agents.title}
      columns={columns}
      rows={limit === undefined ? rows : rows.slice(0, limit)}
      keyOf={({ agent_id: id }) => id}
      onOpen={({ agent_id: id }) => go(`/trends?agent_id=${id}`)}
      empty={<Empty icon={<Users size={28} strokeWidth={1.5} />} title={words.nothing} text={words.nothingText} />}
    />
  );
}
