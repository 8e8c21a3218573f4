import { SECOND } from "../../kit/clock";
import type { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";
import { type Schedule, scheduleFrom, scheduleStatements } from "../working-hours/schedule";
import type { Policy } from "./plan";

/** Everything that deadlines depend on, in one version. */
export interface SlaSettings extends Schedule {
  version: number;
  policies: readonly Policy[];
}

/** Reads in one transaction, so the version belongs to the rows. One round trip. */
export async function loadSlaSettings(db: TenantDatabase): Promise<SlaSettings> {
  const [versions, policies, timezones, hours, holidays] = await db.queryAll<
    [{ version: number }[], Policy[], unknown[], unknown[], unknown[]]
  >([
    db.sql("SELECT sla_version AS version FROM orgs WHERE org_id = ?1"),
    db.sql(
      `SELECT id, name, first_response_time_secs, resolution_time_secs, warning_threshold_pct, priority, channel, division_id, is_default, created_at
       FROM sla_policies WHERE org_id = ?1 AND is_active = 1`,
    ),
    ...scheduleStatements(db),
  ]);
  return {
    ...scheduleFrom(timezones, hours, holidays),
    version: versions[0]?.version ?? 0,
    policies,
  };
}

/** How stale the consumer's settings may be: the cron recomputes clocks that were computed from an older version. */
const cache = new RecentCache<SlaSettings>({ maxAgeMs: 5 * SECOND, maxEntries: 1000 });

export const recentSlaSettings = (db: TenantDatabase): Promise<SlaSettings> =>
  cache.getOrRead(db.orgId, () => loadSlaSettings(db));
