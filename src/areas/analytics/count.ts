import type { TenantDatabase } from "../../kit/database";
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

const sumOf = (column: string): string => {
  if ((COUNTS as readonly string[]).includes(column)) return `sum(e.what = '${column}')`;
  const duration = (Object.keys(DURATIONS) as Duration[]).find((name) => column.startsWith(name))!;
  const bucket = bucketColumns(duration).indexOf(column);
  const when = `e.what = '${DURATIONS[duration]}'`;
  return bucket === -1 ? `sum(iif(${when}, coalesce(e.seconds, 0), 0))` : `sum(${when} AND e.bucket IS ${bucket})`;
};

// An event that was counted is not counted again, however often and by however many it is brought.
const ADD = `
INSERT INTO daily_counts (org_id, scope, scope_id, day, ${COLUMNS.join(", ")})
SELECT ?1, s.scope, CASE s.scope WHEN 'channel' THEN e.channel WHEN 'account' THEN e.account WHEN 'agent' THEN e.agent ELSE e.division END AS scope_id, iif(p.whole, e.week, e.day) AS day,
  ${COLUMNS.map(sumOf).join(", ")}
FROM (
  SELECT r.value ->> 'channel' AS channel, r.value ->> 'account' AS account, v.value ->> 'what' AS what, v.value ->> 'day' AS day, v.value ->> 'week' AS week, v.value ->> 'agent' AS agent,
    v.value ->> 'division' AS division, v.value ->> 'seconds' AS seconds, v.value ->> 'bucket' AS bucket
  FROM json_each(?2) r LEFT JOIN counted_events c ON c.org_id = ?1 AND c.conversation_id = r.value ->> 'id', json_each(r.value, '$.events') v
  WHERE v.value ->> 'seq' > coalesce(c.seq, 0)
) e CROSS JOIN (SELECT 'channel' AS scope UNION ALL SELECT 'account' UNION ALL SELECT 'agent' UNION ALL SELECT 'division') s CROSS JOIN (SELECT 0 AS whole UNION ALL SELECT 1) p
WHERE scope_id <> ''
GROUP BY s.scope, scope_id, iif(p.whole, e.week, e.day)
ON CONFLICT (org_id, scope, scope_id, day) DO UPDATE SET ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`;

const MARK = `
INSERT INTO counted_events (org_id, conversation_id, seq)
SELECT ?1, r.value ->> 'id', r.value ->> 'upTo' FROM json_each(?2) r WHERE true
ON CONFLICT (org_id, conversation_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > counted_events.seq`;

/**
 * The statements that count what conversations of a tenant have to say: two, whatever their number, to be written in one batch, in
 * this order. A conversation's events must come without a gap, as its outbox gives them; twice, or overlapping, does no harm.
 */
export function countStatements(db: TenantDatabase, conversations: readonly CountedConversation[], timezone: string): D1PreparedStatement[] {
  const counted = conversations.filter(({ events }) => events.length > 0);
  if (counted.length === 0) return [];
  const rows = counted.map(({ events, ...rest }) => ({
    ...rest,
    upTo: Math.max(...events.map((event) => event.seq)),
    events: events.map(({ at, ...event }) => {
      const day = dayIn(timezone, at);
      return { ...event, day, week: weekOf(day), bucket: event.seconds === null ? null : bucketOf(event.seconds) };
    }),
  }));
  return [db.sql(ADD, JSON.stringify(rows)), db.sql(MARK, JSON.stringify(rows.map(({ id, upTo }) => ({ id, upTo }))))];
}
