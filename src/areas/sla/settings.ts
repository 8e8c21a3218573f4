import { SECOND } from "../../kit/clock";
import type { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";
import { type Schedule, scheduleFrom, scheduleStatements } from "../working-hours/schedule";
import type { Policy } from "./plan";

/** Everything that deadlines follow from, as of one version of it. */
export interface SlaSettings extends Schedule {
  version: number;
  policies: readonly Policy[];
}

/** One round trip; its rows are of one transaction, so the version is theirs. */
export async function loadSlaSettings(db: TenantDatabase): Promise<SlaSettings> {
  const [version, policies, timezone, hours] = await db.batch([
    db.sql("SELECT sla_version AS version FROM orgs WHERE org_id = ?1"),
    db.sql(
      `SELECT id, name, first_response_time_secs, resolution_time_secs, warning_threshold_pct, priority, channel, division_id, is_default, created_at
       FROM sla_policies WHERE org_id = ?1 AND is_active = 1`,
    ),
    ...scheduleStatements(db),
  ]);
  return {
    ...scheduleFrom(timezone!.results, hours!.results),
    version: (version!.results[0] as { version: number } | undefined)?.version ?? 0,
    policies: policies!.results as unknown as Policy[],
  };
}

/** For how long the consumer goes by what it has read: what it computes by an old version is computed anew by the cron. */
const cache = new RecentCache<SlaSettings>({ maxAgeMs: 5 * SECOND, maxEntries: 1000 });

export const recentSlaSettings = (db: TenantDatabase): Promise<SlaSettings> =>
  cache.getOrRead(db.orgId, () => loadSlaSettings(db));
