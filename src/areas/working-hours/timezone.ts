import { MINUTE } from "../../kit/clock";
import type { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";

/**
 * True for a name of the IANA database, in any case. False for offsets such as "+07:00", which have no daylight saving
 * time.
 */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** The organization's timezone, in which its working hours are given and its days begin. One query, one row. */
export async function timezoneOf(db: TenantDatabase): Promise<string> {
  const [row] = await db.query<{ timezone: string }>("SELECT timezone FROM orgs WHERE org_id = ?1");
  return row?.timezone ?? "UTC";
}

const recent = new RecentCache<string>({ maxAgeMs: MINUTE, maxEntries: 10_000 });

/** The timezone from a cache, at most a minute old. */
export const recentTimezoneOf = (db: TenantDatabase): Promise<string> =>
  recent.getOrRead(db.orgId, () => timezoneOf(db));

/** Clears this isolate's cache, so that it uses a changed timezone at once. */
export const forgetTimezones = (): void => recent.forget();
