import { costed } from "../cost.ts";
import type { Figure } from "../figures.ts";
import type { Stage } from "../stage.ts";

interface Path {
  path: string;
  /** The minimal SQL for the same answer. `?1`: the organization; `?2`: the entity that the path names. */
  bare: string;
  of?: string;
  /** D1 rows per entry of the answer; by default 1. */
  rowsAnEntry?: number;
}

const RANGE = { from: dayBefore(29), to: dayBefore(0) };
const YEAR = { from: dayBefore(364), to: dayBefore(0) };

/**
 * All other lists and figures at 100,000 conversations, 1,000,000 messages, 500 agents and 50 divisions: rows read per
 * entry of the answer, and D1's time relative to the minimal query.
 */
export async function workspace({ counted, seed, progress }: Stage): Promise<Figure[]> {
  const d1 = await counted.miniflare.getD1Database("TENANT_DB_00");
  const { large } = seed;
  const paths = pathsOf(seed);
  progress(`${paths.length} lists and figures of a large team`);
  const figures: Figure[] = [];
  for (const { path, bare, of, rowsAnEntry = 1 } of paths) {
    const answers = [];
    const bareMs: number[] = [];
    let bareRows = 0;
    for (let i = 0; i < 20; i++) {
      answers.push(await costed(counted.url + path, { token: large.token }));
      const { meta, results } = await d1
        .prepare(bare)
        .bind(large.orgId, ...(of === undefined ? [] : [of]))
        .all();
      bareMs.push(meta.duration);
      bareRows = results.length;
    }
    const { cost, body } = answers.at(-1)!;
    const entries = entriesOf(body);
    // The mean of several, since D1 measures whole milliseconds here.
    const ourMs = meanOf(answers.map((answer) => answer.cost.d1Ms));
    const theirMs = meanOf(bareMs);
    // At least 1 ms, since D1's resolution does not allow a smaller divisor.
    const times = ourMs / Math.max(theirMs, 1);
    const mayRead = Math.max(20, 3 * rowsAnEntry * Math.max(entries, bareRows));
    figures.push({
      path: path.replaceAll(/[0-9a-f-]{36}/g, "{id}").replaceAll(/\d{4}-\d\d-\d\d/g, "…"),
      ours: `${ourMs.toFixed(1)} ms in D1, ${entries} entries`,
      bare: `${theirMs.toFixed(1)} ms`,
      ratio: `${times.toFixed(2)} ×`,
      must: `≤ 5 × of 1 ms or more, rows ≤ ${mayRead}`,
      isMet: times <= 5 && cost.rowsRead <= mayRead,
      queries: String(cost.queries),
      rowsRead: String(cost.rowsRead),
      objectCalls: String(cost.objectCalls),
    });
  }
  return figures;
}

function pathsOf({ names, longConversationId: conversationId, large: { divisionId } }: Stage["seed"]): Path[] {
  const daily = (scope: string): string =>
    `SELECT day, sum(messages_received), sum(messages_sent) FROM daily_counts WHERE org_id = ?1 AND scope = '${scope}' AND scope_id IN (SELECT DISTINCT scope_id FROM gauges WHERE org_id = ?1 AND scope = '${scope}')`;
  const ofConversation = (table: string, at: string): string =>
    `SELECT * FROM ${table} WHERE org_id = ?1 AND conversation_id = ?2 ORDER BY ${at} DESC LIMIT 50`;
  const ofPolicy = "00000000-0000-5000-a000-000000000001";
  return [
    { path: "/api/agents", bare: "SELECT * FROM agents WHERE org_id = ?1 AND status <> 'deleted'", rowsAnEntry: 2 },
    { path: "/api/divisions", bare: "SELECT * FROM divisions WHERE org_id = ?1" },
    {
      path: `/api/divisions/${divisionId}/agents`,
      bare: "SELECT a.* FROM division_agents d JOIN agents a ON a.id = d.agent_id WHERE d.org_id = ?1 AND d.division_id = ?2",
      of: divisionId,
      // The agent, the role, the divisions.
      rowsAnEntry: 3,
    },
    { path: "/api/roles", bare: "SELECT * FROM roles WHERE org_id = ?1" },
    {
      path: "/api/contacts?limit=50",
      bare: "SELECT * FROM contacts WHERE org_id = ?1 ORDER BY updated_at DESC LIMIT 50",
    },
    ...[names.few, names.many, names.all, `${names.all[0]} ${names.few[0]}`].map((q) => ({
      path: `/api/contacts?q=${encodeURIComponent(q)}&limit=50`,
      bare: "SELECT * FROM contacts WHERE org_id = ?1 ORDER BY updated_at DESC LIMIT 50",
    })),
    {
      path: "/api/activity-logs?limit=50",
      bare: "SELECT * FROM activity_logs WHERE org_id = ?1 ORDER BY created_at DESC LIMIT 50",
    },
    {
      path: `/api/conversations/${conversationId}/transfers`,
      bare: ofConversation("conversation_transfers", "created_at"),
      of: conversationId,
      rowsAnEntry: 2,
    },
    {
      path: `/api/conversations/${conversationId}/scheduled-messages`,
      bare: ofConversation("scheduled_messages", "scheduled_at"),
      of: conversationId,
    },
    {
      path: "/api/quick-replies?limit=50",
      bare: "SELECT * FROM quick_replies WHERE org_id = ?1 ORDER BY rowid DESC LIMIT 50",
    },
    {
      path: "/api/quick-replies?category=Category%203&limit=50",
      bare: "SELECT * FROM quick_replies WHERE org_id = ?1 AND category_key = 'category 3' ORDER BY rowid DESC LIMIT 50",
    },
    { path: "/api/sla/policies", bare: "SELECT * FROM sla_policies WHERE org_id = ?1" },
    {
      path: `/api/sla/policies/${ofPolicy}/breaches`,
      bare: "SELECT * FROM sla_breaches WHERE org_id = ?1 AND sla_policy_id = ?2 ORDER BY breached_at DESC LIMIT 50",
      of: ofPolicy,
    },
    { path: "/api/chat-expiration", bare: "SELECT * FROM chat_expiration_rules WHERE org_id = ?1" },
    {
      path: `/api/analytics/csat?from=${RANGE.from}&to=${RANGE.to}`,
      bare: `SELECT scope_id, sum(sent), sum(rating_5) FROM csat_daily WHERE org_id = ?1 AND scope = 'agent' AND day BETWEEN '${RANGE.from}' AND '${RANGE.to}' GROUP BY scope_id`,
      rowsAnEntry: 12,
    },
    { path: "/api/working-hours", bare: "SELECT * FROM working_hours WHERE org_id = ?1" },
    {
      path: `/api/analytics/overview`,
      bare: `${daily("channel")} AND day BETWEEN '${RANGE.from}' AND '${RANGE.to}'`,
      rowsAnEntry: 200,
    },
    {
      path: `/api/analytics/trends?from=${RANGE.from}&to=${RANGE.to}`,
      bare: `${daily("channel")} AND day BETWEEN '${RANGE.from}' AND '${RANGE.to}' GROUP BY day`,
      rowsAnEntry: 4,
    },
    {
      path: `/api/analytics/trends?from=${YEAR.from}&to=${YEAR.to}`,
      bare: `${daily("channel")} AND day BETWEEN '${YEAR.from}' AND '${YEAR.to}' GROUP BY day`,
      rowsAnEntry: 4,
    },
    {
      path: `/api/analytics/channels?from=${RANGE.from}&to=${RANGE.to}`,
      bare: `${daily("channel")} AND day BETWEEN '${RANGE.from}' AND '${RANGE.to}' GROUP BY scope_id`,
      rowsAnEntry: 45,
    },
    {
      path: `/api/analytics/agents?from=${RANGE.from}&to=${RANGE.to}`,
      bare: `${daily("agent")} AND day BETWEEN '${RANGE.from}' AND '${RANGE.to}' GROUP BY scope_id`,
      rowsAnEntry: 35,
    },
  ];
}

/** The number of entries in the lists of an answer, at any depth. */
function entriesOf(body: unknown): number {
  if (Array.isArray(body)) return body.length;
  const lists = Object.values((body ?? {}) as object).filter((value) => Array.isArray(value)) as unknown[][];
  return lists.reduce((sum, list) => sum + list.length, 0) || 1;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
