import { Link, useLocation } from "wouter";
import { Info, Plug } from "lucide-react";
import type { AnalyticsFigures } from "../../api/api.gen";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { Bars } from "../../kit/chart";
import { CHANNEL_NAMES, type Channel } from "../../kit/channels";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Columns, Panel } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { Change } from "./change";
import { METRICS, useChannelFigures } from "./data";
import { span } from "./figures";
import { Frame } from "./frame";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

interface Row {
  id: string;
  channel: Channel;
  name: string;
  open: number;
  period: AnalyticsFigures;
}

export function Channels({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const channels = useChannelFigures(period.range);
  const before = useChannelFigures(period.before).data;
  const [, go] = useLocation();
  const bars = (metric: "conversations_new" | "messages_received") =>
    (channels.data ?? []).map(({ channel, period: figures }) => ({
      name: CHANNEL_NAMES[channel],
      value: figures[metric],
      color: channel,
    }));
  const columns = (first: string): Column<Row>[] => [
    { id: "name", name: first, cell: ({ name }) => <bdi>{name}</bdi> },
    {
      id: "new",
      name: words.metrics.conversations_new,
      isFigure: true,
      cell: ({ channel, id, period: { conversations_new: n } }) => (
        <>
          {id === channel && (
            <small>
              <Change
                now={n}
                before={before?.find((one) => one.channel === channel)?.period.conversations_new ?? null}
              />{" "}
            </small>
          )}
          {count(n)}
        </>
      ),
    },
    {
      id: "received",
      name: words.metrics.messages_received,
      isFigure: true,
      isExtra: true,
      cell: ({ period: { messages_received: n } }) => count(n),
    },
    {
      id: "sent",
      name: words.metrics.messages_sent,
      isFigure: true,
      isExtra: true,
      cell: ({ period: { messages_sent: n } }) => count(n),
    },
    {
      id: "reply",
      name: words.agents.reply,
      isFigure: true,
      cell: ({ period: { first_response_median_secs: n } }) => span(n),
    },
    {
      id: "resolution",
      name: words.agents.resolution,
      isFigure: true,
      isExtra: true,
      cell: ({ period: { resolution_median_secs: n } }) => span(n),
    },
    { id: "open", name: words.channels.open, isFigure: true, isExtra: true, cell: ({ open }) => count(open) },
  ];
  return (
    <Frame
      title={words.channels.title}
      name="channels"
      period={period}
      csv={
        channels.data &&
        (() => [
          [words.channels.channel, words.channels.account, ...METRICS.map((metric) => words.metrics[metric])],
          ...channels.data.flatMap(({ channel, period: figures, accounts }) => [
            [channel, "", ...METRICS.map((metric) => figures[metric])],
            ...accounts.map((account) => [
              channel,
              account.display_name,
              ...METRICS.map((metric) => account.period[metric]),
            ]),
          ]),
        ])
      }
    >
      <Loaded query={channels}>
        {(rows) => (
          <>
            <Columns>
              <Panel title={words.metrics.conversations_new}>
                <Bars label={words.metrics.conversations_new} bars={bars("conversations_new")} format={count} />
                <p className={style.hint}>
                  <Info size={14} aria-hidden /> {words.channels.note}
                </p>
              </Panel>
              <Panel title={words.metrics.messages_received}>
                <Bars label={words.metrics.messages_received} bars={bars("messages_received")} format={count} />
              </Panel>
            </Columns>
            <Panel title={words.channels.title}>
              <Table
                label={words.channels.title}
                columns={columns(words.channels.channel)}
                rows={rows.map(({ channel, open_conversations: open, period: figures }): Row => ({
                  id: channel,
                  channel,
                  name: CHANNEL_NAMES[channel],
                  open,
                  period: figures,
                }))}
                keyOf={({ id }) => id}
                onOpen={({ channel }) => go(`/trends?channel=${channel}`)}
              />
            </Panel>
            <Panel title={words.channels.accounts}>
              <Table
                label={words.channels.accounts}
                columns={columns(words.channels.account)}
                rows={rows.flatMap(({ channel, accounts }) =>
                  accounts.map(
                    ({ account_id: id, display_name: name, open_conversations: open, period: figures }): Row => ({
                      id,
                      channel,
                      name: `${name} · ${CHANNEL_NAMES[channel]}`,
                      open,
                      period: figures,
                    }),
                  ),
                )}
                keyOf={({ id }) => id}
                onOpen={({ id }) => go(`/trends?account_id=${id}`)}
                empty={
                  <Empty
                    icon={<Plug size={28} strokeWidth={1.5} />}
                    title={words.channels.none}
                    text={words.channels.noneText}
                    action={
                      may("integrations.manage") && <Link href={`~${BASE}/channels`}>{words.channels.connect}</Link>
                    }
                  />
                }
              />
            </Panel>
          </>
        )}
      </Loaded>
    </Frame>
  );
}
