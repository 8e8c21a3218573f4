import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { call } from "../../api/call";
import { LineChart } from "../../kit/chart";
import { useNow } from "../../kit/clock";
import { count } from "../../kit/figures";
import { Panel, Tile, Tiles } from "../../kit/screen";
import { fullDate, longDate, shortDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import type { Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

const DAYS = 30;
const DAY_MS = 86_400_000;
const EVERY_MS = 10_000;

const useStatistics = (id: string) =>
  useQuery({
    queryKey: ["webhook-statistics", id],
    queryFn: ({ signal }) =>
      call("GET /api/webhooks/{id}/statistics", { params: { id }, query: { days: DAYS }, signal }),
    refetchInterval: EVERY_MS,
  });

/** Shows a failure and until when it lasts, then the figures of the month. */
export function Health({ webhook }: { webhook: Webhook }) {
  const { health: words } = useWords(webhookWords);
  const { data } = useStatistics(webhook.id);
  const { state, disabled_reason: reason, gives_up_at: givesUpAt, resting_until: restingUntil } = webhook;
  const failure = data?.last_failure ?? null;
  const isBad = state === "failing" || state === "resting" || (state === "disabled" && reason !== null);
  return (
    <>
      {isBad && (
        <p className={style.notice} role="status">
          <TriangleAlert size={16} aria-hidden />
          <span>
            {state === "disabled"
              ? words.disabled[reason ?? "failing"]
              : state === "resting"
                ? words.resting(restingUntil === null ? "" : fullDate(restingUntil))
                : words.failing(givesUpAt === null ? "" : fullDate(givesUpAt))}
            {failure && (
              <small>
                {fullDate(failure.at)}: <bdi>{failure.error_message ?? failure.http_status}</bdi>
              </small>
            )}
          </span>
        </p>
      )}
      {data && (
        <Tiles>
          <Tile
            name={words.successes}
            value={data.success_rate === null ? "–" : `${count(Math.round(data.success_rate * 10) / 10)} %`}
            beside={words.ofAttempts(count(data.attempts))}
          />
          <Tile
            name={words.waiting}
            value={count(data.waiting)}
            beside={data.next_attempt_at !== null && data.waiting > 0 ? words.next(fullDate(data.next_attempt_at)) : ""}
          />
          <Tile name={words.dead} value={count(data.dead)} beside={words.deadBeside} />
          <Tile
            name={words.time}
            value={data.average_ms === null ? "–" : words.ms(count(Math.round(data.average_ms)))}
            beside={words.mean}
          />
        </Tiles>
      )}
    </>
  );
}

export function Statistics({ id }: { id: string }) {
  const { chart: words } = useWords(webhookWords);
  const now = useNow(DAY_MS);
  const known = useStatistics(id).data?.days;
  if (!known) return null;
  // Days without an attempt are in no row.
  const days = Array.from({ length: DAYS }, (_, i) => {
    const date = new Date(now - (DAYS - 1 - i) * DAY_MS).toISOString().slice(0, 10);
    return known.find((day) => day.date === date) ?? { date, successes: 0, failures: 0 };
  });
  return (
    <Panel>
      <LineChart
        title={words.title}
        label={words.title}
        points={days.map(({ date }) => shortDate(`${date}T12:00`))}
        fullNames={days.map(({ date }) => longDate(`${date}T12:00`))}
        series={[
          { name: words.successes, look: "main", values: days.map(({ successes }) => successes) },
          { name: words.failures, look: "before", values: days.map(({ failures }) => failures) },
        ]}
        format={count}
        words={words}
      />
    </Panel>
  );
}
