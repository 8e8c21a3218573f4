import type { Queue, Reopened, Waiting } from "../../domain/routing";
import { MINUTE } from "../../kit/clock";
import type { TenantDatabase } from "../../kit/database";
import { type ReopenedRow, selectReopened, toReopened } from "./reopened";

/*
 * The queries of allocation: waiting conversations, and the agents who may receive them. Their cost grows with the
 * number of conversations that can be assigned, not with the lengths of the queues.
 */

/**
 * A conversation may be allocated to the agent who gave it up only after this long: by then, this agent is better than
 * none.
 */
const REALLOCATE_AFTER_MS = 10 * MINUTE;

/** In SQL, whether conversations wait in an active division `d` whose allocation is not manual. */
const HAS_QUEUE = `d.is_active = 1 AND d.allocation_method <> 'manual'
  AND EXISTS (SELECT 1 FROM conversations c INDEXED BY idx_conversations_waiting WHERE c.org_id = d.org_id AND c.division_id = d.id AND c.waiting_since IS NOT NULL)`;

/** In SQL, the members `m` of divisions as agents `a` with their loads `l`. */
const MEMBERS = `division_agents m INDEXED BY idx_division_agents_division_id CROSS JOIN agents a ON a.id = m.agent_id AND a.org_id = m.org_id
  LEFT JOIN gauges l ON l.org_id = a.org_id AND l.scope = 'agent' AND l.scope_id = a.id`;
const LOAD = "coalesce(l.open + l.pending, 0)";
/** In SQL, whether the agent is a member of division `d`, active, online and below the capacity. */
const IS_CANDIDATE = `m.org_id = d.org_id AND m.division_id = d.id AND a.status = 'active' AND a.is_present = 1
  AND (a.capacity IS NULL OR ${LOAD} < a.capacity)`;

// MATERIALIZED keeps SQLite from joining the members of every division before it checks for waiting conversations.
const OPEN_QUEUES = `WITH queued AS MATERIALIZED (SELECT d.id, d.org_id, d.allocation_method FROM divisions d WHERE d.org_id = ?1 AND ${HAS_QUEUE})
SELECT d.id AS division_id, d.allocation_method, a.id AS agent_id, ${LOAD} AS load, a.capacity
FROM queued d CROSS JOIN ${MEMBERS} WHERE ${IS_CANDIDATE}`;

interface OpenRow {
  division_id: string;
  allocation_method: Queue["method"];
  agent_id: string;
  load: number;
  capacity: number | null;
}

/**
 * The queues that have a conversation to assign and an agent with free capacity; and reopened conversations that are
 * undecided, at most `limit`, the oldest first, without `passed`. One round trip.
 */
export async function openWork(
  db: TenantDatabase,
  passed: ReadonlySet<string>,
  limit: number,
): Promise<{ reopened: Reopened[]; queues: Queue[] }> {
  const [reopened, open] = await db.queryAll<[ReopenedRow[], OpenRow[]]>([
    selectReopened(db, passed, limit),
    db.sql(OPEN_QUEUES),
  ]);
  return { reopened: reopened.map(toReopened), queues: queuesOf(open) };
}

function queuesOf(rows: readonly OpenRow[]): Queue[] {
  return [...Map.groupBy(rows, (row) => row.division_id)].map(([divisionId, members]) => ({
    divisionId,
    method: members[0]!.allocation_method,
    candidates: members.map((row) => ({
      agentId: row.agent_id,
      load: row.load,
      room: row.capacity === null ? Infinity : row.capacity - row.load,
    })),
  }));
}

/**
 * The oldest waiting conversations over all these queues, oldest first: at most `limit` per queue, and no more than its
 * candidates have room for. Excludes `passed`, which the index may still list as waiting, and conversations that a
 * queue's only candidate has just given up, which would block the conversations behind them. Also returns the queues as
 * of the same transaction: with separate reads, a conversation that was just assigned could be missing from both its
 * queue and its agent's load.
 */
export async function oldestWaiting(
  db: TenantDatabase,
  queues: readonly Queue[],
  limit: number,
  passed: ReadonlySet<string>,
  now: number,
): Promise<{ waiting: Waiting[]; queues: Queue[] }> {
  const limits = queues.map(
    ({ candidates }) =>
      Math.min(
        limit,
        candidates.reduce((sum, { room }) => sum + room, 0),
      ) + passed.size,
  );
  const results = await db.queryAll<[...Waiting[][], OpenRow[]]>([
    ...queues.map(({ divisionId, candidates }, i) =>
      db.sql(
        `SELECT id, division_id AS divisionId, waiting_since AS since, iif(waiting_since > ?4, given_up_by, NULL) AS notFor
         FROM conversations INDEXED BY idx_conversations_waiting
         WHERE org_id = ?1 AND division_id = ?2 AND waiting_since IS NOT NULL AND (?5 IS NULL OR waiting_since <= ?4 OR given_up_by IS NOT ?5)
         ORDER BY waiting_since, id LIMIT ?3`,
        divisionId,
        limits[i]!,
        now - REALLOCATE_AFTER_MS,
        candidates.length === 1 ? candidates[0]!.agentId : null,
      ),
    ),
    db.sql(OPEN_QUEUES),
  ]);
  const [open, pages] = [results.pop() as OpenRow[], results as Waiting[][]];
  // A full page may hide conversations behind its last one, so newer ones of other queues are left for a later round:
  // the order is global.
  const horizon = Math.min(
    ...pages.map((page, i) => (page.length === limits[i] && page.length >= limit ? page.at(-1)!.since : Infinity)),
  );
  const waiting = pages
    .flat()
    .filter(({ id, since }) => since <= horizon && !passed.has(id))
    .toSorted((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
  return { waiting, queues: queuesOf(open) };
}

const firstWaiting = (where: string): string =>
  `SELECT n.id FROM conversations n INDEXED BY idx_conversations_waiting WHERE n.waiting_since IS NOT NULL AND ${where} ORDER BY n.org_id, n.division_id LIMIT 1`;

/**
 * SQL over all organizations of a database that finds those with a conversation to assign and an agent with free
 * capacity. It skips through the index from queue to queue, so that it reads queues and not their conversations.
 * Usually finds none, since events wake allocation.
 */
export const ORGANIZATIONS_WITH_WORK = `
WITH RECURSIVE first_of (id) AS (
  SELECT (${firstWaiting("1")})
  UNION ALL
  SELECT coalesce((${firstWaiting("n.org_id = c.org_id AND n.division_id > c.division_id")}), (${firstWaiting("n.org_id > c.org_id")}))
  FROM first_of f JOIN conversations c ON c.id = f.id
)
SELECT DISTINCT o.org_id AS id, o.org_id, o.country FROM first_of f CROSS JOIN conversations w ON w.id = f.id
CROSS JOIN divisions d ON d.id = w.division_id AND d.org_id = w.org_id CROSS JOIN orgs o ON o.org_id = w.org_id
WHERE ${HAS_QUEUE} AND EXISTS (SELECT 1 FROM ${MEMBERS} WHERE ${IS_CANDIDATE})`;
