import { effect } from "../../domain/effect";
import type { CountedEventType } from "../../domain/event";
import { dayIn } from "../../kit/day";
import { insertRows, ROWS } from "../../kit/rows";
import { recentTimezoneOf } from "../working-hours/timezone";
import { weekOf } from "../../kit/day-cover";
import { bucketColumns, bucketOf, COLUMNS, type Count, COUNTS, type Duration, DURATIONS } from "./metrics";

/** What one event adds to the figures, and whose it was at that moment. */
interface CountedEvent {
  conversation_id: string;
  channel: string;
  account: string;
  seq: number;
  what: Count;
  /** Milliseconds; gives the day. */
  at: number;
  /** '' where there is none; likewise the division. */
  agent: string;
  division: string;
  /** On a first response and on a resolution: how long it took. */
  seconds: number | null;
}

const COUNTED: Record<CountedEventType, Count> = {
  "conversation.created": "conversations_new",
  "conversation.reopened": "conversations_reopened",
  "conversation.resolved": "conversations_resolved",
  "conversation.assigned": "conversations_assigned",
  "message.received": "messages_received",
  "message.queued": "messages_sent",
};

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
  FROM ${ROWS} LEFT JOIN counted_events c ON c.org_id = ?1 AND c.conversation_id = r.value ->> 'conversation_id'
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

const MARKS = insertRows("counted_events", ["conversation_id", "seq"], {
  end: "ON CONFLICT (org_id, conversation_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > counted_events.seq",
});

/**
 * Daily figures. An event adds to them only beyond `counted_events`, which moves in the same batch; events that come twice or overlap do no
 * harm. They must come without a gap, as a conversation's outbox gives them.
 */
export const counts = effect<CountedEvent>({
  name: "counts",
  // A message counts on its own day and for its sender; other events when they happened, for the agent who had the conversation then.
  fromConversation: ({ state, events, messages }) => {
    const byId = new Map(messages.map((message) => [message.id, message]));
    return events.flatMap(({ seq, type, at, messageId, facts }) => {
      if (!facts) return [];
      const what = COUNTED[type as CountedEventType];
      const message = messageId === undefined ? undefined : byId.get(messageId);
      const agent = what === "messages_sent" ? message?.senderAgentId : facts.agentId;
      return [
        {
          conversation_id: state.id,
          channel: state.channel,
          account: state.accountId,
          seq,
          what,
          at: message?.createdAt ?? at,
          agent: agent ?? "",
          division: facts.divisionId ?? "",
          seconds: facts.seconds ?? null,
        },
      ];
    });
  },
  statements: async (db, rows) => {
    const timezone = await recentTimezoneOf(db);
    const events = rows.map(({ at, ...event }) => {
      const day = dayIn(timezone, at);
      return { ...event, day, week: weekOf(day), bucket: event.seconds === null ? null : bucketOf(event.seconds) };
    });
    const last = new Map<string, number>();
    for (const { conversation_id: id, seq } of rows) last.set(id, Math.max(seq, last.get(id) ?? 0));
    const marks = [...last].map(([conversation_id, seq]) => ({ conversation_id, seq }));
    return [db.sql(ADD, JSON.stringify(events)), db.sql(MARKS, JSON.stringify(marks))];
  },
});
