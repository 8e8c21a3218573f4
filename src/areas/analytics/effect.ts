import { effect } from "../../domain/effect";
import type { CountedEventType } from "../../domain/event";
import { dayIn } from "../../kit/day";
import { ROWS } from "../../kit/rows";
import { recentTimezoneOf } from "../working-hours/timezone";
import { weekOf } from "../../kit/day-cover";
import { bucketColumns, bucketOf, COLUMNS, type Count, COUNTS, type Duration, DURATIONS } from "./metrics";

/** An event with the channel, account, agent and division that it counts for. */
interface CountedEvent {
  conversation_id: string;
  channel: string;
  account: string;
  seq: number;
  metric: Count;
  /** Milliseconds since 1970; decides the day. */
  at: number;
  /** '' if there is none. */
  agent: string;
  /** '' if there is none. */
  division: string;
  /** Duration of a first response or a resolution; null for other events. */
  seconds: number | null;
}

const COUNTED: Record<CountedEventType, Count> = {
  "conversation.created": "conversations_new",
  "conversation.reopened": "conversations_reopened",
  "conversation.resolved": "conversations_resolved",
  "conversation.assigned": "conversations_assigned",
  "message.received": "messages_received",
  "message.queued": "messages_sent",
  "message.echoed": "messages_sent",
};

/** In SQL, the value that a column of `daily_counts` gets from the grouped events `g`, of which `g.n` are equal. */
const columnSumSql = (column: string): string => {
  if ((COUNTS as readonly string[]).includes(column)) return `sum(iif(g.metric = '${column}', g.n, 0))`;
  const duration = (Object.keys(DURATIONS) as Duration[]).find((name) => column.startsWith(name))!;
  const bucket = bucketColumns(duration).indexOf(column);
  const condition = `g.metric = '${DURATIONS[duration]}'`;
  return bucket === -1
    ? `sum(iif(${condition}, g.seconds, 0))`
    : `sum(iif(${condition} AND g.bucket IS ${bucket}, g.n, 0))`;
};

// Skips events that D1 has already, so redelivered events count once. Equal events are
// grouped before the joins with the scopes and with day and week, which keeps the sorted set small.
const ADD_COUNTS = `
WITH e AS MATERIALIZED (
  SELECT r.value ->> 'channel' AS channel, r.value ->> 'account' AS account, r.value ->> 'agent' AS agent, r.value ->> 'division' AS division, r.value ->> 'day' AS day, r.value ->> 'week' AS week,
    r.value ->> 'metric' AS metric, r.value ->> 'bucket' AS bucket, r.value ->> 'seconds' AS seconds
  FROM ${ROWS} LEFT JOIN conversations c ON c.org_id = ?1 AND c.id = r.value ->> 'conversation_id'
  WHERE r.value ->> 'seq' > coalesce(c.projected_seq, 0)
), g AS MATERIALIZED (
  SELECT channel, account, agent, division, day, week, metric, bucket, count(*) AS n, sum(coalesce(seconds, 0)) AS seconds FROM e GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
INSERT INTO daily_counts (org_id, scope, scope_id, day, ${COLUMNS.join(", ")})
SELECT ?1, s.scope, CASE s.scope WHEN 'channel' THEN g.channel WHEN 'account' THEN g.account WHEN 'agent' THEN g.agent ELSE g.division END AS scope_id, iif(p.whole, g.week, g.day) AS on_day,
  ${COLUMNS.map(columnSumSql).join(", ")}
FROM g CROSS JOIN (SELECT 'channel' AS scope UNION ALL SELECT 'account' UNION ALL SELECT 'agent' UNION ALL SELECT 'division') s CROSS JOIN (SELECT 0 AS whole UNION ALL SELECT 1) p
WHERE scope_id <> ''
GROUP BY s.scope, scope_id, on_day
ON CONFLICT (org_id, scope, scope_id, day) DO UPDATE SET ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`;

/**
 * Daily figures. Idempotent: an event counts only if its number is above the conversation's `projected_seq`, which
 * advances later in the same batch. Events must arrive without gaps, as a conversation's outbox delivers them.
 */
export const counts = effect<CountedEvent>({
  name: "counts",
  // A sent message counts for its sender, other events for the assignee at that time. A message counts on the day it
  // was created.
  fromConversation: ({ state, events, messages }) => {
    const messageById = new Map(messages.map((message) => [message.id, message]));
    return events.flatMap(({ seq, type, at, messageId, facts }) => {
      if (!facts) return [];
      const metric = COUNTED[type as CountedEventType];
      const message = messageId === undefined ? undefined : messageById.get(messageId);
      const agent = metric === "messages_sent" ? message?.senderAgentId : facts.agentId;
      return [
        {
          conversation_id: state.id,
          channel: state.channel,
          account: state.accountId,
          seq,
          metric,
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
    return [db.sql(ADD_COUNTS, JSON.stringify(events))];
  },
});
