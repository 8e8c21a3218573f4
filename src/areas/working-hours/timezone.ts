import type { TenantDatabase } from "../../kit/database";

/** True for a name of the IANA database, in whatever case. Offsets like "+07:00" are none: they know no daylight saving. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** The organization's timezone: in which its working hours are given, and its days begin. One query, one row. */
export async function timezoneOf(db: TenantDatabase): Promise<string> {
  const [row] = await db.query<{ timezone: string }>("SELECT timezone FROM orgs WHERE org_id = ?1");
  return row?.timezone ?? "UTC";
}
