import { CHANNELS } from "../../channels/channel";
import { channelWindow } from "../../domain/window";
import { HOUR } from "../../kit/clock";

const DEFAULTS = JSON.stringify(CHANNELS.map((channel) => ({ channel, hours: channelWindow(channel).windowHours })));

/** A term for each index that is gone through; `c` is a conversation that is not resolved. */
const term = (index: string, condition: string): string =>
  `SELECT c.id, b.org_id, b.country FROM bound b CROSS JOIN conversations c INDEXED BY ${index} ON c.org_id = b.org_id AND c.channel = b.channel AND ${condition}
   WHERE c.status <> 'resolved'`;
const sweep = (status: string, condition: string): string =>
  term(
    "idx_conversations_window_sweep",
    `c.window_status = '${status}' AND c.last_inbound_at IS NOT NULL AND c.last_inbound_at ${condition}`,
  );

/**
 * SQL that finds the conversations whose window is not what it was when they were last looked at, or that are to be resolved since
 * it has closed: by each organization's rules as they are now, so that a changed rule needs no row rewritten. A few steps into an index for
 * each organization and channel, and then what is found. The object that is asked decides.
 *
 * `now` and `only` stand for a parameter and a condition on `o`, an organization.
 */
export const dueWindowsSql = (now: string, only: string): string => `
WITH rule AS (
  SELECT o.org_id, o.country, d.value ->> 'channel' AS channel,
    iif(coalesce(r.is_active, 1) = 1, coalesce(r.window_hours, d.value ->> 'hours'), 0) AS hours, coalesce(r.auto_resolve, 1) AS resolves
  FROM orgs o CROSS JOIN json_each('${DEFAULTS}') d LEFT JOIN chat_expiration_rules r ON r.org_id = o.org_id AND r.channel = d.value ->> 'channel'
  WHERE ${only}
), bound AS (
  SELECT org_id, country, channel, resolves, iif(hours = 0, -1, ${now} - hours * ${HOUR}) AS closed,
    iif(hours = 0, -1, ${now} - hours * ${HOUR} + min(${HOUR}, hours * ${HOUR / 4})) AS closing
  FROM rule
)
SELECT id, org_id, country FROM (
  ${sweep("open", "<= b.closing")}
  UNION ALL ${sweep("expiring", "<= b.closed")}
  UNION ALL ${sweep("expiring", "> b.closing")}
  UNION ALL ${sweep("expired", "> b.closed")}
  UNION ALL ${term(
    "idx_conversations_window_class",
    "c.window_status = 'expired' AND c.window_status <> 'open' AND c.status IN ('open', 'pending') AND c.is_unread IN (0, 1) AND b.resolves = 1 AND c.updated_at <= b.closed AND c.last_inbound_at <= b.closed",
  )}
)`;
