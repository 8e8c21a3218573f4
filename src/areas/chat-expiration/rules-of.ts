import type { Channel } from "../../channels/channel";
import { CHANNEL_WINDOWS, type WindowRule, type WindowRules } from "../../domain/window";
import { tenantD1 } from "../../config";
import { SECOND } from "../../kit/clock";
import type { OrgRef } from "../../kit/context";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";

/** How long an isolate goes by what it has read: the bound on how long a changed rule may be unknown to another. */
const cache = new RecentCache<WindowRules>({ maxAgeMs: 5 * SECOND, maxEntries: 10_000 });

/** Makes this isolate read every rule anew. */
export const forgetWindowRules = (): void => cache.forget();

/** An organization's rules for all channels, its own or else the channel's. No query, or one every few seconds. */
export function windowRulesOf(env: Env, org: OrgRef, cost = new Cost()): Promise<WindowRules> {
  return cache.getOrRead(org.id, async () => {
    const db = new TenantDatabase(tenantD1(env, org.tenantDb), org.id, cost, "first-primary");
    return rulesFrom(await db.query<RuleRow>(`SELECT ${RULE_COLUMNS} FROM chat_expiration_rules WHERE org_id = ?1`));
  });
}

/**
 * For who reads the rules along with something else (`WINDOW_RULES`), as the check of a session does, so that a list costs no query
 * more. To be called before reading; what it returns takes what was read.
 */
export function readingWindowRules(): (orgId: string, rows: readonly RuleRow[]) => WindowRules {
  const keep = cache.reading();
  return (orgId, rows) => keep(orgId, rulesFrom(rows));
}

const RULE_COLUMNS = "channel, window_hours, auto_resolve, block_text_after_window, is_active, created_at, updated_at";
/** The rules as one column: JSON of their rows. */
export const WINDOW_RULES = `(SELECT json_group_array(json_object(${RULE_COLUMNS.split(", ")
  .map((column) => `'${column}', ${column}`)
  .join(", ")})) FROM chat_expiration_rules WHERE org_id = ?1)`;

/** A row of `chat_expiration_rules`, as SQL gives it. */
export interface RuleRow {
  channel: Channel;
  window_hours: number;
  auto_resolve: number;
  block_text_after_window: number;
  is_active: number;
  created_at: number;
  updated_at: number;
}

/** A rule that is not active is no rule: nothing closes and nothing is refused. */
const NO_WINDOW: WindowRule = { windowHours: 0, autoResolve: false, blocksText: false };

function rulesFrom(rows: readonly RuleRow[]): WindowRules {
  const own = rows.map((row): [Channel, WindowRule] => [
    row.channel,
    row.is_active
      ? {
          windowHours: row.window_hours,
          autoResolve: row.auto_resolve === 1,
          blocksText: row.block_text_after_window === 1,
        }
      : NO_WINDOW,
  ]);
  return { ...CHANNEL_WINDOWS, ...Object.fromEntries(own) };
}
