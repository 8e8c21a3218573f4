import { Link } from "wouter";
import { Info } from "lucide-react";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { Bars } from "../../kit/chart";
import { CHANNEL_NAMES } from "../../kit/channels";
import { count } from "../../kit/figures";
import { Columns, Panel, Tile, Tiles } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { AgentTable } from "./agents";
import { Change } from "./change";
import { fitting, METRICS, useAgentFigures, useChannelFigures, useCsat, useOverview, useTrends } from "./data";
import { lengthOf } from "./days";
import { decimal, percent, share, shortSpan, span } from "./figures";
import { Frame } from "./frame";
import { useBreaches } from "./breaches";
import { TrendChart } from "./trend-chart";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

export function Overview({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const { range, before } = period;
  const trends = useTrends(range);
  const earlier = useTrends(before, fitting(range));
  return (
    <Frame
      title={words.overview.title}
      name="overview"
      period={period}
      csv={
        trends.data &&
        (() => [
          [words.day, ...METRICS.map((metric) => words.metrics[metric])],
          ...trends.data.days.map((day) => [day.date, ...METRICS.map((metric) => day[metric])]),
        ])
      }
    >
      <Loaded query={trends}>
        {({ days, total, granularity }) => (
          <>
            <OverviewTiles period={period} total={total} earlier={earlier.data?.total} />
            <Panel>
              <TrendChart
                metric="conversations_new"
                granularity={granularity}
                days={days}
                before={earlier.data?.days}
              />
            </Panel>
          </>
        )}
      </Loaded>
      <div className={style.two}>
        <TopAgents period={period} />
        <Aside period={period} />
      </div>
    </Frame>
  );
}

type Total = NonNullable<ReturnType<typeof useTrends>["data"]>["total"];

function OverviewTiles({ period, total, earlier }: { period: Period; total: Total; earlier: Total | undefined }) {
  const words = useWords(analyticsWords);
  const { range, before } = period;
  const [csat, csatEarlier] = [useCsat(range).data, useCsat(before).data];
  const breaches = useBreaches(period);
  const perDay = Math.round(total.conversations_new / lengthOf(range));
  return (
    <Tiles>
      <Tile
        name={words.metrics.conversations_new}
        value={count(total.conversations_new)}
        change={<Change now={total.conversations_new} before={earlier?.conversations_new ?? null} />}
        beside={words.perDay(perDay)}
      />
      <Tile
        name={words.overview.firstReply}
        value={span(total.first_response_median_secs)}
        change={
          <Change
            now={total.first_response_median_secs}
            before={earlier?.first_response_median_secs ?? null}
            good="down"
            format={span}
          />
        }
        beside={words.overview.within90(
          total.first_response_p90_secs === null ? "–" : shortSpan(total.first_response_p90_secs),
        )}
      />
      <Tile
        name={words.metrics.conversations_resolved}
        value={count(total.conversations_resolved)}
        change={
          <Change now={total.conversations_resolved} before={earlier?.conversations_resolved ?? null} good="up" />
        }
        beside={words.overview.ofNew(
          percent(share(total.conversations_resolved, total.conversations_new + total.conversations_reopened)),
        )}
      />
      {breaches.data && (
        <Tile
          name={words.sla.breaches}
          value={count(breaches.data.now.length)}
          change={
            <Change now={breaches.data.now.length} before={breaches.data.before.length} good="down" format={count} />
          }
          beside={<Link href="/sla">{words.overview.which}</Link>}
        />
      )}
      <Tile
        name={words.csat.average}
        value={decimal(csat?.average_rating ?? null)}
        change={
          <Change
            now={csat?.average_rating ?? null}
            before={csatEarlier?.average_rating ?? null}
            good="up"
            format={decimal}
          />
        }
        beside={csat && words.csat.ratings(csat.ratings)}
      />
    </Tiles>
  );
}

function TopAgents({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const agents = useAgentFigures(period.range);
  return (
    <Panel title={words.agents.title} actions={<Link href="/agents">{words.all}</Link>}>
      <Loaded query={agents}>{(rows) => <AgentTable period={period} agents={rows} limit={6} isShort />}</Loaded>
    </Panel>
  );
}

function Aside({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const channels = useChannelFigures(period.range);
  const overview = useOverview(period.range);
  const mayOpen = may("conversations.view_all");
  const now = overview.data;
  return (
    <Columns>
      <Panel title={words.channels.title} actions={<Link href="/channels">{words.all}</Link>}>
        <Loaded query={channels}>
          {(rows) => (
            <Bars
              label={words.channels.title}
              format={count}
              bars={rows.map(({ channel, period: { conversations_new: begun } }) => ({
                name: CHANNEL_NAMES[channel],
                value: begun,
                color: channel,
              }))}
            />
          )}
        </Loaded>
        <p className={style.hint}>
          <Info size={14} aria-hidden /> {words.channels.note}
        </p>
      </Panel>
      {now && (
        <Panel title={words.overview.now}>
          <div className={style.now}>
            {(
              [
                [words.overview.open, now.open_conversations, "status=open"],
                [words.overview.pending, now.pending_conversations, "status=pending"],
                [
                  words.overview.unassigned,
                  now.unassigned_conversations,
                  "status=open&status=pending&assigned_agent_id=none",
                ],
              ] as const
            ).map(([name, value, search]) => (
              <NowRow
                key={name}
                name={name}
                value={count(value)}
                href={mayOpen ? `~${BASE}/inbox?${search}` : undefined}
              />
            ))}
            <NowRow
              name={words.overview.online}
              value={`${count(now.online_agents)} / ${count(now.total_agents)}`}
              href="/agents"
            />
          </div>
        </Panel>
      )}
    </Columns>
  );
}

function NowRow({ name, value, href }: { name: string; value: string; href: string | undefined }) {
  const row = (
    <>
      <span>{name}</span>
      <b>{value}</b>
    </>
  );
  return href === undefined ? <p>{row}</p> : <Link href={href}>{row}</Link>;
}
