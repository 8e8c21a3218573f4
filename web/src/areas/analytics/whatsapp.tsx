import { useState } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Info, MessageCircle } from "lucide-react";
import { type Answer, ApiProblem, call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useAccounts } from "../../api/reference";
import { may } from "../../api/session";
import { Bars, LineChart } from "../../kit/chart";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Columns, Panel, Tile, Tiles } from "../../kit/screen";
import { Select } from "../../kit/select";
import { Table } from "../../kit/table";
import { clockTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { Change } from "./change";
import { addDays, daysIn, lengthOf, type Range } from "./days";
import { dayName, fullDay, money, percent, share } from "./figures";
import { Frame } from "./frame";
import type { Period } from "./use-period";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

const META_DAYS_OF_TEMPLATES = 90;

/** Meta's own counts of a business account: what left, what arrived, what it costs, which templates work. */
export function WhatsApp({ period }: { period: Period }) {
  const words = useWords(analyticsWords);
  const accounts = useAccounts().filter(({ channel }) => channel === "whatsapp");
  const [chosen, setChosen] = useState<string>();
  const account =
    accounts.find(({ id }) => id === chosen) ?? accounts.find(({ is_default: first }) => first) ?? accounts[0];
  const { range } = period;
  const messages = useMessages(range, account?.id);
  const before = useMessages(period.before, account?.id).data;
  const costs = useCosts(range, account?.id);
  const costsBefore = useCosts(period.before, account?.id).data;
  const hasNone = messages.error instanceof ApiProblem && messages.error.code === "whatsapp_account_not_found";
  return (
    <Frame
      title={words.whatsapp.title}
      name="whatsapp"
      period={period}
      zoneOf={words.whatsapp.zone}
      actions={
        accounts.length > 1 &&
        account && (
          <Select
            label={words.whatsapp.account}
            isBare
            value={account.id}
            onChange={setChosen}
            options={accounts.map(({ id, display_name: name }) => ({ id, name }))}
          />
        )
      }
      csv={
        messages.data &&
        (() => [
          [words.day, words.whatsapp.sent, words.whatsapp.delivered],
          ...messages.data.data.map(({ start, sent, delivered }) => [start, sent, delivered]),
        ])
      }
    >
      {hasNone ? (
        <Panel>
          <Empty
            icon={<MessageCircle size={28} strokeWidth={1.5} />}
            title={words.whatsapp.none}
            text={words.whatsapp.noneText}
            action={may("integrations.manage") && <Link href={`~${BASE}/channels`}>{words.channels.connect}</Link>}
          />
        </Panel>
      ) : (
        <Loaded query={messages}>
          {(data) => (
            <>
              <Tiles>
                <Tile
                  name={words.whatsapp.sent}
                  value={count(data.total.sent)}
                  change={<Change now={data.total.sent} before={before?.total.sent ?? null} />}
                  beside={words.whatsapp.asOf(clockTime(data.fetched_at))}
                />
                <Tile
                  name={words.whatsapp.delivered}
                  value={count(data.total.delivered)}
                  change={<Change now={data.total.delivered} before={before?.total.delivered ?? null} />}
                  beside={percent(share(data.total.delivered, data.total.sent))}
                />
                {costs.data && (
                  <>
                    <Tile
                      name={words.whatsapp.cost}
                      value={money(costs.data.total.cost)}
                      change={
                        <Change now={costs.data.total.cost} before={costsBefore?.total.cost ?? null} good="down" />
                      }
                      beside={words.whatsapp.currency}
                    />
                    <Tile
                      name={words.whatsapp.conversations}
                      value={count(costs.data.total.conversations)}
                      change={
                        <Change
                          now={costs.data.total.conversations}
                          before={costsBefore?.total.conversations ?? null}
                        />
                      }
                      beside={words.whatsapp.windows}
                    />
                  </>
                )}
              </Tiles>
              {data.is_stale && (
                <p className={style.hint}>
                  <Info size={14} aria-hidden /> {words.whatsapp.stale}
                </p>
              )}
              <Panel>
                <Line data={data} before={before} period={period} />
              </Panel>
              <Columns>
                <Panel title={words.whatsapp.charged}>
                  <Loaded query={costs}>{(answer) => <Pricing answer={answer} />}</Loaded>
                </Panel>
                <Templates range={range} accountId={account?.id} />
              </Columns>
            </>
          )}
        </Loaded>
      )}
    </Frame>
  );
}

const asked = (range: Range, accountId: string | undefined) => ({
  query: { ...range, ...(accountId !== undefined && { account_id: accountId }) },
});

const useMessages = (range: Range, accountId: string | undefined) =>
  useQuery({
    queryKey: ["analytics", "wa-messages", range, accountId],
    queryFn: () => call("GET /api/analytics/whatsapp/messages", asked(range, accountId)),
    placeholderData: keepPreviousData,
  });

const useCosts = (range: Range, accountId: string | undefined) =>
  useQuery({
    queryKey: ["analytics", "wa-costs", range, accountId],
    queryFn: () => call("GET /api/analytics/whatsapp/conversations", asked(range, accountId)),
    placeholderData: keepPreviousData,
  });

type Messages = Answer<"GET /api/analytics/whatsapp/messages">;

function Line({ data, before, period }: { data: Messages; before: Messages | undefined; period: Period }) {
  const words = useWords(analyticsWords);
  // Meta leaves out empty days, and begins them by its own zone: the middle of a day says which it is.
  const valuesOf = (range: Range, from: Messages | undefined): number[] => {
    const byDay = new Map(
      from?.data.map(({ start, end, sent }) => [
        new Date((Date.parse(start) + Date.parse(end)) / 2).toISOString().slice(0, 10),
        sent,
      ]),
    );
    return daysIn(range).map((day) => byDay.get(day) ?? 0);
  };
  const days = daysIn(period.range);
  const title = words.per.day(words.whatsapp.sent);
  return (
    <LineChart
      title={title}
      label={title}
      points={days.map(dayName)}
      fullNames={days.map(fullDay)}
      series={[
        { name: words.thisPeriod, look: "main", values: valuesOf(period.range, data) },
        { name: words.before, look: "before", values: valuesOf(period.before, before) },
      ]}
      format={count}
      words={words.chart}
    />
  );
}

function Pricing({ answer: { pricing } }: { answer: Answer<"GET /api/analytics/whatsapp/conversations"> }) {
  const { whatsapp: words } = useWords(analyticsWords);
  const byCategory = Map.groupBy(pricing, ({ category }) => category ?? "");
  const sum = (points: readonly { volume: number; cost: number }[], key: "volume" | "cost"): number =>
    points.reduce((total, point) => total + point[key], 0);
  const rows = [...byCategory].map(([category, points]) => ({
    name:
      category === ""
        ? words.other
        : ((words.categories as Record<string, string>)[category] ?? category.toLowerCase()),
    volume: sum(points, "volume"),
    cost: sum(points, "cost"),
  }));
  if (rows.length === 0) return <p>{words.nothingCharged}</p>;
  return (
    <>
      <Bars label={words.volume} bars={rows.map(({ name, volume }) => ({ name, value: volume }))} format={count} />
      <Table
        label={words.charged}
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { id: "name", name: words.category, cell: ({ name }) => name },
          { id: "volume", name: words.volume, isFigure: true, cell: ({ volume }) => count(volume) },
          { id: "cost", name: words.cost, isFigure: true, cell: ({ cost }) => money(cost) },
        ]}
      />
    </>
  );
}

/** Meta keeps their figures for 90 days. */
function Templates({ range, accountId }: { range: Range; accountId: string | undefined }) {
  const { whatsapp: words } = useWords(analyticsWords);
  const asking =
    lengthOf(range) > META_DAYS_OF_TEMPLATES
      ? { ...range, from: addDays(range.to, 1 - META_DAYS_OF_TEMPLATES) }
      : range;
  const templates = useQuery({
    queryKey: ["analytics", "wa-templates", asking, accountId],
    queryFn: () => call("GET /api/analytics/whatsapp/templates", asked(asking, accountId)),
  });
  return (
    <Panel title={words.templates}>
      <Loaded query={templates}>
        {({ data }) => (
          <Table
            label={words.templates}
            rows={data.toSorted((one, other) => other.sent - one.sent)}
            keyOf={({ template_id: id }) => id}
            empty={<Empty title={words.noTemplates} text={words.noTemplatesText} />}
            columns={[
              {
                id: "name",
                name: words.template,
                cell: ({ name, template_id: id, language }) => `${name ?? id} ${language ?? ""}`,
              },
              { id: "sent", name: words.sent, isFigure: true, cell: ({ sent }) => count(sent) },
              {
                id: "read",
                name: words.read,
                isFigure: true,
                cell: ({ read, delivered }) => percent(share(read, delivered)),
              },
              {
                id: "clicked",
                name: words.clicked,
                isFigure: true,
                isExtra: true,
                cell: ({ clicked }) => count(clicked),
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}
