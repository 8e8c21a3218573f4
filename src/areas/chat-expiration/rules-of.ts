import type { Channel } from "../../channels/channel";
import { CHANNEL_WINDOWS, type WindowRule, type WindowRules } from "../../domain/window";
import { tenantD1 } from "../../config";
import { SECOND } from "../../kit/clock";
import type { OrgRef } from "../../kit/context";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";

/** The maximum age bounds how long another isolate still applies a rule after it was changed. */
const cache = new RecentCache<WindowRules>({ maxAgeMs: 5 * SECOND, maxEntries: 10_000 });

/** Clears this isolate's cache of rules. Call it after every change of a rule. */
export const forgetWindowRules = (): void => cache.forget();

/**
 * The organization's rules for all channels: its own, or else the channel's default. Cached in the isolate; one query
 * every 5 seconds at most.
 */
export function windowRulesOf(env: Env, org: OrgRef, cost = new Cost()): Promise<WindowRules> {
  return cache.getOrRead(org.id, async () => {
    const db = new TenantDatabase(tenantD1(env, org.tenantDb), org.id, cost, "first-primary");
    return rulesFrom(await db.query<RuleRow>(`SELECT ${RULE_COLUMNS} FROM chat_expiration_rules WHERE org_id = ?1`));
  });
}

/**
 * For a caller that selects `WINDOW_RULES` in a query of its own, as authentication does, so that a list needs no
 * further query for the rules. Call it before the query. Returns a function that caches the rules that were read.
 */
export function startReadingWindowRules(): (orgId: string, rows: readonly RuleRow[]) => WindowRules {
  const store = cache.reading();
  return (orgId, rows) => store(orgId, rulesFrom(rows));
}

export const RULE_COLUMNS =
  "channel, window_hours, auto_resolve, resolve_unanswered, block_text_after_window, is_active, created_at, updated_at";
/** In SQL, the rules of organization ?1 as one column: a JSON array of `RuleRow`. */
export const WINDOW_RULES = `(SELECT json_group_array(json_object(${RULE_COLUMNS.split(", ")
  .map((column) => `'${column}', ${column}`)
  .join(", ")})) FROM chat_expiration_rules WHERE org_id = ?1)`;

/** A row of `chat_expiration_rules`, as SQL gives it. */
export interface RuleRow {
  channel: Channel;
  window_hours: number;
  auto_resolve: number;
  resolve_unanswered: number;
  block_text_after_window: number;
  is_active: number;
  created_at: number;
  updated_at: number;
}

/** An inactive rule: no window closes and no text is refused. */
const NO_WINDOW: WindowRule = { windowHours: 0, autoResolve: false, resolvesUnanswered: false, blocksText: false };

function rulesFrom(rows: readonly RuleRow[]): WindowRules {
  const ownRules = rows.map((row): [Channel, WindowRule] => [
    row.channel,
    row.is_active
      ? {
          windowHours: row.window_hours,
          autoResolve: row.auto_resolve === 1,
          resolvesUnanswered: row.resolve_unanswered === 1,
          blocksText: row.block_text_after_window === 1,
        }
      : NO_WINDOW,
  ]);
  return { ...CHANNEL_WINDOWS, ...Object.fromEntries(ownRules) };
}
