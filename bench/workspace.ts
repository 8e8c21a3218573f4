/** Fills the other tables of a large team. The rows are inserted directly, since only reads are measured. */
import type { D1Database } from "@cloudflare/workers-types";
import { orgToken } from "./product.ts";

interface Parts {
  orgId: string;
  conversationId: string;
  conversationIds: readonly string[];
  agents: readonly string[];
  divisions: readonly string[];
}

const DAYS = 366;
const DAY_MS = 86_400_000;

export async function fillWorkspace(
  d1: D1Database,
  { orgId, conversationId, conversationIds, agents, divisions }: Parts,
): Promise<void> {
  const now = Date.now();
  const run = (sql: string, ...params: unknown[]) =>
    d1
      .prepare(sql)
      .bind(orgId, ...params)
      .run();
  /**
   * Inserts `count` rows. `?1`: organization, `?2`: agents, `?3`: conversations, `?4`: the conversation, `?5`: now,
   * `?6`: divisions; `n` counts.
   */
  const rows = (count: number, sql: string) =>
    run(
      `WITH RECURSIVE counter (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counter WHERE n + 1 < ${count}),
         agent AS (SELECT key, value FROM json_each(?2)), conversation AS (SELECT key, value FROM json_each(?3)), division AS (SELECT key, value FROM json_each(?6))
       ${sql}`,
      JSON.stringify(agents),
      JSON.stringify(conversationIds.slice(0, 1000)),
      conversationId,
      now,
      JSON.stringify(divisions),
    );
  const anAgent = `(SELECT value FROM agent WHERE key = n % ${agents.length})`;
  const aDivision = `(SELECT value FROM division WHERE key = n % ${divisions.length})`;
  const aConversation = "iif(n < 200, ?4, (SELECT value FROM conversation WHERE key = n % 1000))";

  const idOf = (n: string): string => `printf('00000000-0000-5000-a000-%012d', ${n})`;
  const id = idOf("n");

  await rows(
    20_000,
    `INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, created_at)
     SELECT ${id}, ?1, 'agent', ${anAgent}, 'conversation.assigned', 'conversation', ${aConversation}, ?5 - n * 1000 FROM counter`,
  );
  await rows(
    20_000,
    `INSERT INTO conversation_transfers (id, org_id, conversation_id, transferred_by, to_agent_id, to_division_id, note, created_at)
     SELECT ${id}, ?1, ${aConversation}, ${anAgent}, ${anAgent}, ${aDivision}, 'Please see to it', ?5 - n * 1000 FROM counter`,
  );
  await rows(
    5000,
    `INSERT INTO quick_replies (id, org_id, org_token, title, content, shortcut, category, category_key, created_at, updated_at)
     SELECT ${id}, ?1, '${orgToken(orgId)}', 'Greeting ' || n, 'Hello {{contact.name}}, number ' || n, 'g' || n, 'Category ' || (n % 20), 'category ' || (n % 20), ?5 - n * 1000, ?5 - n * 1000 FROM counter`,
  );
  await rows(
    20_000,
    `INSERT INTO scheduled_messages (id, org_id, conversation_id, scheduled_by, actor_kind, msg_type, content, scheduled_at, status, created_at)
     SELECT ${id}, ?1, ${aConversation}, ${anAgent}, 'agent', 'text', '{"text":"See you"}', ?5 - n * 1000, 'sent', ?5 - n * 1000 FROM counter`,
  );
  await rows(
    40,
    `INSERT INTO sla_policies (id, org_id, name, first_response_time_secs, resolution_time_secs, warning_threshold_pct, priority, division_id, created_at, updated_at)
     SELECT ${id}, ?1, 'Policy ' || n, 600, 86400, 80, n, ${aDivision}, ?5, ?5 FROM counter`,
  );
  await rows(
    20_000,
    `INSERT INTO sla_breaches (id, org_id, conversation_id, cycle, sla_policy_id, breach_type, threshold_secs, actual_secs, breached_at)
     SELECT ${id}, ?1, ${aConversation}, n, ${idOf("n % 4")}, 'first_response', 600, 700 + n % 1000, ?5 - n * 1000 FROM counter`,
  );
  await rows(
    7,
    `INSERT INTO working_hours (id, org_id, day_of_week, start_time, end_time, created_at, updated_at) SELECT ${id}, ?1, n, '09:00', '17:00', ?5, ?5 FROM counter`,
  );
  const day = `date((?5 - n * ${DAY_MS}) / 1000, 'unixepoch'`;
  const added = [
    "conversations_new",
    "conversations_resolved",
    "messages_received",
    "messages_sent",
    "first_response_seconds",
    "first_response_3",
  ];
  // The keys of a day and of its week.
  const keys = [`${day})`, `'w' || ${day}, '-6 days', 'weekday 1')`];
  const counted = async (scope: string, ids: string) => {
    for (const key of keys) {
      await rows(
        DAYS,
        `INSERT INTO daily_counts (org_id, scope, scope_id, day, ${added.join(", ")})
         SELECT ?1, '${scope}', i.value, ${key}, 10, 9, 40, 50, 3000, 9 FROM counter CROSS JOIN (${ids}) i WHERE true
         ON CONFLICT DO UPDATE SET ${added.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")}`,
      );
    }
  };
  const rated = async (scope: string, ids: string) => {
    for (const key of keys) {
      await rows(
        DAYS,
        `INSERT INTO csat_daily (org_id, scope, scope_id, day, sent, answered, rating_4, rating_5)
         SELECT ?1, '${scope}', i.value, ${key}, 9, 5, 2, 3 FROM counter CROSS JOIN (${ids}) i WHERE true
         ON CONFLICT DO UPDATE SET sent = sent + 9, answered = answered + 5, rating_4 = rating_4 + 2, rating_5 = rating_5 + 3`,
      );
    }
  };
  await rated("channel", 'SELECT value FROM json_each(\'["whatsapp","instagram","messenger","email"]\')');
  await rated("agent", "SELECT value FROM agent");
  await counted("channel", 'SELECT value FROM json_each(\'["whatsapp","instagram","messenger","email"]\')');
  await counted("agent", "SELECT value FROM agent");
  await counted("division", "SELECT value FROM division");
  await counted("account", "SELECT id AS value FROM integration_accounts WHERE org_id = ?1");
}
