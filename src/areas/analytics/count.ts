import { ROWS, type TenantDatabase } from "../../kit/database";
import { dayIn } from "../../kit/day";
import { weekOf } from "./cover";
import { bucketColumns, bucketOf, COLUMNS, type Count, COUNTS, type Duration, DURATIONS } from "./metrics";

/** What one event of a conversation adds to the figures, and whose it was at that moment. */
export interface CountedEvent {
  seq: number;
  what: Count;
  /** Milliseconds; says the day. */
  at: number;
  agent: string;
  division: string;
  /** Of a message that is a first response, and of a resolution. */
  seconds: number | null;
}

export interface CountedConversation {
  id: string;
  channel: string;
  account: string;
  events: readonly CountedEvent[];
}

// `g` has a row for each kind of event, with how many there were.
const sumOf = (column: string): string => {
  if ((COUNTS as readonly string[]).includes(column)) return `sum(iif(g.what = '${column}', g.n, 0))`;
  const duration = (Object.keys(DURATIONS) as Duration[]).find((name) => column.startsWith(name))!;
  const bucket = bucketColumns(duration).indexOf(column);
  const when = `g.what = '${DURATIONS[duration]}'`;
  return bucket === -1 ? `sum(iif(${when}, g.seconds, 0))` : `sum(iif(${when} AND g.bucket IS ${bucket}, g.n, 0))`;
};

// An event that was counted is not counted again, however often and by however many it is brought. Alike events are added up before
// they are spread over the scopes and over day and week, so that what is sorted is small.
const ADD = `
WITH e AS MATERIALIZED (
  SELECT r.value ->> 'channel' AS channel, r.value ->> 'account' AS account, r.value ->> 'agent' AS agent, r.value ->> 'division' AS division, r.value ->> 'day' AS day, r.value ->> 'week' AS week,
    r.value ->> 'what' AS what, r.value ->> 'bucket' AS bucket, r.value ->> 'seconds' AS seconds
  FROM ${ROWS} LEFT JOIN counted_events c ON c.org_id = ?1 AND c.conversation_id = r.value ->> 'id'
  WHERE r.value ->> 'seq' > coalesce(c.seq, 0)
), g AS MATERIALIZED (
  SELECT channel, account, agent, division, day, week, what, bucket, count(*) AS n, sum(coalesce(seconds, 0)) AS seconds FROM e GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
INSERT INTO daily_counts (org_id, scope, scope_id, day, ${COLUMNS.join(", ")})
SELECT ?1, s.scope, CASE s.scope WHEN 'channel' THEN g.channel WHEN 'account' THEN g.account WHEN 'agent' THEN g.agent ELSE g.division END AS scope_id, iif(p.whole, g.week, g.day) AS on_day,
  ${COLUMNS.map(sumOf).join(", ")}
FROM g CROSS JOIN (SELECT 'channel' AS scope UNION ALL SELECT 'account' UNION ALL SELECT 'agent' UNION ALL SELECT 'division') s CROSS JOIN (SELECT 0 AS whole UNION ALL SELECT 1) p
WHERE scope_id <> ''
GROUP BY s.scope, scope_id, on_day
ON CONFLICT (org_id, scope, scope_id, day) DO UPDATE SET ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`;

const MARK = `
INSERT INTO counted_events (org_id, conversation_id, seq)
SELECT ?1, r.value ->> 'id', r.value ->> 'upTo' FROM ${ROWS} WHERE true
ON CONFLICT (org_id, conversation_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > counted_events.seq`;

/**
 * The statements that count what conversations of a tenant have to say: two, whatever their number, to be written in one batch, in
 * this order. A conversation's events must come without a gap, as its outbox gives them; twice, or overlapping, does no harm.
 */
export function countStatements(
  db: TenantDatabase,
  conversations: readonly CountedConversation[],
  timezone: string,
): D1PreparedStatement[] {
  const counted = conversations.filter(({ events }) => events.length > 0);
  if (counted.length === 0) return [];
  const events = counted.flatMap(({ id, channel, account, events: theirs }) =>
    theirs.map(({ at, ...event }) => {
      const day = dayIn(timezone, at);
      return {
        ...event,
        id,
        channel,
        account,
        day,
        week: weekOf(day),
        bucket: event.seconds === null ? null : bucketOf(event.seconds),
      };
    }),
  );
  const marks = counted.map(({ id, events: theirs }) => ({ id, upTo: Math.max(...theirs.map(({ seq }) => seq)) }));
  return [db.sql(ADD, JSON.stringify(events)), db.sql(MARK, JSON.stringify(marks))];
}
