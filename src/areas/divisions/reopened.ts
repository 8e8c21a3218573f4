import { departureOf } from "../../domain/departure";
import type { Reopened } from "../../domain/routing";
import type { TenantDatabase } from "../../kit/database";

/*
 * The queries about conversations that their customers reopened (docs/adr/0011). A row of `reopenings` lasts until
 * allocation has decided.
 */

/** SQL over all organizations of a database that finds those with something undecided. Usually finds none. */
export const ORGANIZATIONS_WITH_REOPENED =
  "SELECT DISTINCT o.org_id AS id, o.org_id, o.country FROM reopenings r CROSS JOIN orgs o ON o.org_id = r.org_id";

const REOPENED = `SELECT r.conversation_id, r.cycle, r.reopened_at, r.agent_id, o.reopen_to, c.id IS NULL AS is_stale,
  coalesce(a.status, 'deleted') AS status, a.status_by, coalesce(a.is_present, 0) AS is_present,
  iif(a.capacity IS NULL, 0, coalesce(l.open + l.pending, 0) - a.capacity) AS excess
FROM reopenings r CROSS JOIN orgs o ON o.org_id = r.org_id
LEFT JOIN conversations c ON c.id = r.conversation_id AND c.org_id = r.org_id AND c.assigned_agent_id = r.agent_id AND c.cycle = r.cycle AND c.status <> 'resolved'
LEFT JOIN agents a ON a.id = r.agent_id AND a.org_id = r.org_id
LEFT JOIN gauges l ON l.org_id = r.org_id AND l.scope = 'agent' AND l.scope_id = r.agent_id
WHERE r.org_id = ?1 AND r.conversation_id NOT IN (SELECT value FROM json_each(?2))
ORDER BY r.reopened_at, r.conversation_id LIMIT ?3`;

export interface ReopenedRow {
  conversation_id: string;
  cycle: number;
  reopened_at: number;
  agent_id: string;
  reopen_to: Reopened["reopenTo"];
  is_stale: number;
  status: "active" | "suspended" | "deleted";
  status_by: string | null;
  is_present: number;
  excess: number;
}

/** Selects undecided conversations as `ReopenedRow`, the oldest first, without `passed`. */
export const selectReopened = (db: TenantDatabase, passed: ReadonlySet<string>, limit: number): D1PreparedStatement =>
  db.sql(REOPENED, JSON.stringify([...passed]), limit);

export const toReopened = (row: ReopenedRow): Reopened => ({
  conversationId: row.conversation_id,
  cycle: row.cycle,
  reopenedAt: row.reopened_at,
  agentId: row.agent_id,
  reopenTo: row.reopen_to,
  isStale: row.is_stale === 1,
  departure: row.status === "active" ? null : departureOf(row.status, row.status_by),
  isOnline: row.is_present === 1,
  excess: row.excess,
});

/** Call it once it is decided who has these conversations. */
export async function forgetReopened(db: TenantDatabase, decided: readonly Reopened[]): Promise<void> {
  await db
    .sql(
      `DELETE FROM reopenings WHERE org_id = ?1
       AND (reopened_at, conversation_id) IN (SELECT value ->> 'reopenedAt', value ->> 'conversationId' FROM json_each(?2))`,
      JSON.stringify(decided),
    )
    .run();
}
