import { CHANNELS } from "../../channels/channel";
import { channelWindow } from "../../domain/window";
import { HOUR } from "../../kit/clock";

const DEFAULT_HOURS = JSON.stringify(
  CHANNELS.map((channel) => ({ channel, hours: channelWindow(channel).windowHours })),
);

/** One term of the union, which reads one range of an index; `c` is an unresolved conversation. */
const term = (index: string, condition: string): string =>
  `SELECT c.id, b.org_id, b.country FROM bound b CROSS JOIN conversations c INDEXED BY ${index} ON c.org_id = b.org_id AND c.channel = b.channel AND ${condition}
   WHERE c.status <> 'resolved'`;
const statusTerm = (status: string, condition: string): string =>
  term(
    "idx_conversations_window_sweep",
    `c.window_status = '${status}' AND c.window_since IS NOT NULL AND c.window_since ${condition}`,
  );

/** The table `bound`: by organization and channel, the last messages up to which a window has closed, or is about to. */
const boundSql = (now: string, only: string): string => `
WITH rule AS (
  SELECT o.org_id, o.country, d.value ->> 'channel' AS channel,
    iif(coalesce(r.is_active, 1) = 1, coalesce(r.window_hours, d.value ->> 'hours'), 0) AS hours, coalesce(r.auto_resolve, 1) AS resolves,
    coalesce(r.resolve_unanswered, 0) AS resolves_unanswered
  FROM orgs o CROSS JOIN json_each('${DEFAULT_HOURS}') d LEFT JOIN chat_expiration_rules r ON r.org_id = o.org_id AND r.channel = d.value ->> 'channel'
  WHERE ${only}
), bound AS (
  SELECT org_id, country, channel, resolves, resolves_unanswered, iif(hours = 0, -1, ${now} - hours * ${HOUR}) AS closed,
    iif(hours = 0, -1, ${now} - hours * ${HOUR} + min(${HOUR}, hours * ${HOUR / 4})) AS closing
  FROM rule
)`;

/**
 * SQL that finds conversations whose stored window status is outdated, or that must be resolved since their window has
 * closed. It applies each organization's current rules, so that a changed rule needs no rewriting of rows. Reads a few
 * index entries per organization and channel, and the rows it finds. Only the conversation's object decides. Where the
 * window is open, `window_since` may be too early (outdatedBoundsSql), so the last message is compared too.
 *
 * `now`: the SQL parameter of the current time. `only`: a condition on an organization `o`.
 */
export const dueWindowsSql = (now: string, only: string): string => `${boundSql(now, only)}
SELECT id, org_id, country FROM (
  ${statusTerm("open", "<= b.closing AND c.last_inbound_at <= b.closing")}
  UNION ALL ${statusTerm("expiring", "<= b.closed")}
  UNION ALL ${statusTerm("expiring", "> b.closing")}
  UNION ALL ${statusTerm("expired", "> b.closed")}
  UNION ALL ${term(
    "idx_conversations_live",
    "c.updated_at <= b.closed AND c.window_status = 'expired' AND b.resolves = 1 AND c.is_unanswered <= b.resolves_unanswered AND c.last_inbound_at <= b.closed",
  )}
)`;

/**
 * SQL that finds open windows that `window_since` says are about to close, though the customer has written since. Each
 * is found at most once per length of a window, since the sweep then sets `window_since`.
 */
export const outdatedBoundsSql = (now: string, only: string): string => `${boundSql(now, only)}
${statusTerm("open", "<= b.closing AND c.last_inbound_at > b.closing")}`;
