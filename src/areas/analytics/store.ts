import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { dayIn } from "../../kit/day";
import { recentTimezoneOf } from "../working-hours/timezone";
import { coverOf } from "../../kit/day-cover";
import { COLUMNS, SUMS, type Sums } from "./metrics";
import type { Range } from "../../kit/day-range";

/** The dimensions of the counters. A conversation counts for one id of each. */
export type Scope = "channel" | "account" | "agent" | "division";

type Gauge = "open" | "pending" | "resolved" | "contacts" | "agents" | "agents_online";
/** `channel`: of an account. */
export type GaugeRow = Record<Gauge, number> & { scope: string; scope_id: string; channel: string | null };

/** The organization's timezone and its current day. */
export async function calendarOf(ctx: Ctx): Promise<{ timezone: string; today: string }> {
  const timezone = await recentTimezoneOf(ctx.db);
  return { timezone, today: dayIn(timezone, ctx.now()) };
}

/** In SQL, the ids of a scope. Rows are found by scope, id and day, their key, so that other days are not read. */
const SCOPE_IDS = {
  channel: `SELECT value AS id FROM json_each('${JSON.stringify(CHANNELS)}') WHERE ?1 <> ''`,
  account: "SELECT id FROM integration_accounts WHERE org_id = ?1",
  // Deleted agents too: their work stays in past periods.
  agent: "SELECT id FROM agents WHERE org_id = ?1",
} as const satisfies Partial<Record<Scope, string>>;

/**
 * The sums of a range for each id of a scope, as `ScopeRow`. Reads one row per id and day or whole week that has
 * events. With IN, rows are read in the order of the key, so that GROUP BY does not sort.
 */
export const sumsByScope = (ctx: Ctx, scope: keyof typeof SCOPE_IDS, range: Range): D1PreparedStatement =>
  ctx.db.sql(
    `SELECT d.scope_id, ${SUMS} FROM daily_counts d WHERE d.org_id = ?1 AND d.scope = '${scope}' AND d.scope_id IN (${SCOPE_IDS[scope]})
     AND d.day IN (SELECT value FROM json_each(?2)) GROUP BY d.scope_id`,
    JSON.stringify(coverOf(range)),
  );

export type ScopeRow = Sums & { scope_id: string };
export const byScope = (rows: readonly ScopeRow[]): Map<string, Sums> =>
  new Map(rows.map((row) => [row.scope_id, row]));

/** The id under which triggers sum all channels. */
const ALL_CHANNELS = "all";

/** The days that have events, as `DayRow`, for one id of a scope; by default for all channels together. */
export const sumsByDay = (
  ctx: Ctx,
  { from, to }: Range,
  scope: Scope = "channel",
  id = ALL_CHANNELS,
): D1PreparedStatement =>
  ctx.db.sql(
    `SELECT day, ${COLUMNS.join(", ")} FROM daily_counts WHERE org_id = ?1 AND scope = ?4 AND scope_id = ?5 AND day BETWEEN ?2 AND ?3`,
    from,
    to,
    scope,
    id,
  );

/** The current gauges of all ids of a scope, as `GaugeRow`. */
export const gaugesOf = (ctx: Ctx, scope: "channel" | "account" | "agent" | "org"): D1PreparedStatement =>
  ctx.db.sql("SELECT * FROM gauges WHERE org_id = ?1 AND scope = ?2", scope);

/** The sum of a gauge over these rows. */
export const gauge = (rows: readonly GaugeRow[], name: Gauge): number => rows.reduce((sum, row) => sum + row[name], 0);

export function statusesOf(rows: readonly GaugeRow[]) {
  const [open, pending, resolved] = [gauge(rows, "open"), gauge(rows, "pending"), gauge(rows, "resolved")];
  return {
    total: open + pending + resolved,
    open_conversations: open,
    pending_conversations: pending,
    resolved_conversations: resolved,
  };
}

export type DayRow = Sums & { day: string };
