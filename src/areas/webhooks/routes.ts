import type { Channel } from "../../channels/channel";
import { clock, MINUTE } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";

/** Whose account a delivery is for. */
export interface Route {
  orgId: string;
  accountId: string;
  externalId: string;
  tenantDb: string;
  country: string | null;
  /** Where the account's conversations begin. */
  divisionId: string | null;
  isActive: boolean;
  /** Encrypted. */
  appSecret: string | null;
}

const KNOWN_MS = 5 * MINUTE;
const KNOWN_ENTRIES = 20_000;
/**
 * Routes that this isolate has read: the reason why a delivery for a known account costs no query. Only what exists is kept: an
 * account that was just connected is found at once everywhere. One that was moved or switched off is followed within KNOWN_MS.
 */
const known = new Map<string, { readAt: number; route: Route }>();

export const forgetRoutes = (): void => known.clear();

export async function routesOf(ctx: PublicCtx, channel: Channel, accounts: readonly string[]): Promise<Map<string, Route>> {
  const found = new Map<string, Route>();
  const unknown: string[] = [];
  for (const account of new Set(accounts)) {
    const entry = known.get(`${channel}:${account}`);
    if (entry && clock.now() - entry.readAt < KNOWN_MS) found.set(account, entry.route);
    else if (account !== "") unknown.push(account);
  }
  if (unknown.length === 0) return found;
  const { results } = await ctx.control
    .prepare(
      `SELECT r.external_id AS externalId, r.org_id AS orgId, r.account_id AS accountId, r.tenant_db AS tenantDb, r.country, r.division_id AS divisionId, r.is_active AS isActive, r.app_secret AS appSecret
       FROM json_each(?2) k JOIN channel_routes r ON r.channel = ?1 AND r.external_id = k.value`,
    )
    .bind(channel, JSON.stringify(unknown))
    .all<Omit<Route, "isActive"> & { isActive: number }>();
  if (known.size > KNOWN_ENTRIES) known.clear();
  for (const row of results) {
    const route = { ...row, isActive: row.isActive === 1 };
    known.set(`${channel}:${row.externalId}`, { readAt: clock.now(), route });
    found.set(row.externalId, route);
  }
  return found;
}

/** An encrypted secret and the place that it is bound to. */
export interface SealedSecret {
  text: string;
  place: string;
}

/** The secrets of each business's accounts; of one that nobody has, none. Read only for what the app itself did not sign. */
export async function secretsOfBusinesses(ctx: PublicCtx, channel: Channel, businesses: readonly string[]): Promise<SealedSecret[][]> {
  const { results } = await ctx.control
    .prepare(
      "SELECT r.business_id AS business, r.account_id AS accountId, r.app_secret AS text FROM json_each(?2) k JOIN channel_routes r ON r.channel = ?1 AND r.business_id = k.value WHERE r.app_secret IS NOT NULL LIMIT 100",
    )
    .bind(channel, JSON.stringify(businesses.slice(0, 100)))
    .all<{ business: string; accountId: string; text: string }>();
  return businesses.map((business) =>
    results.filter((row) => row.business === business).map(({ accountId, text }) => ({ text, place: `${accountId}:app_secret` })),
  );
}
