import type { Channel } from "../../channels/channel";
import { MINUTE, SECOND } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { logError } from "../../kit/log";
import { RecentCache } from "../../kit/recent-cache";

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

/** From this age on a route is read again beside the delivery, which goes by the one that is known. */
const REFRESH_MS = 10 * SECOND;
/** From this age on it is read before: the bound on how long a number that was moved, or switched off, is as it was in another isolate. */
const KNOWN_MS = 20 * SECOND;
/** For how long it serves all the same where the control database does not answer. */
const AWAY_MS = 5 * MINUTE;

/**
 * Routes that this isolate has read: the reason why a delivery for a known account costs no query. Only those that are switched on are
 * kept: an account that was just connected or switched on is found at once everywhere.
 */
const cache = new RecentCache<Route>({ maxAgeMs: AWAY_MS, maxEntries: 20_000 });

export const forgetRoutes = (): void => cache.forget();

export async function routesOf(
  ctx: PublicCtx,
  channel: Channel,
  accounts: readonly string[],
): Promise<Map<string, Route>> {
  const found = new Map<string, Route>();
  const [unknown, aging]: [string[], string[]] = [[], []];
  for (const account of new Set(accounts)) {
    const route = cache.get(keyOf(channel, account), KNOWN_MS);
    if (route) found.set(account, route);
    if (!route) unknown.push(account);
    else if (!cache.get(keyOf(channel, account), REFRESH_MS)) aging.push(account);
  }
  if (aging.length > 0) ctx.background(freshRoutesOf(ctx, channel, aging));
  if (unknown.length === 0) return found;
  try {
    for (const [account, route] of await freshRoutesOf(ctx, channel, unknown)) found.set(account, route);
  } catch (error) {
    for (const account of unknown) {
      const route = cache.get(keyOf(channel, account));
      if (!route) throw error;
      found.set(account, route);
    }
    logError("routes_unread", error);
  }
  return found;
}

/** As they are now: for what must not go by an older one. */
export async function freshRoutesOf(
  ctx: PublicCtx,
  channel: Channel,
  accounts: readonly string[],
): Promise<Map<string, Route>> {
  if (accounts.length === 0) return new Map();
  const keep = cache.reading();
  const { results } = await ctx.control
    .prepare(
      `SELECT r.external_id AS externalId, r.org_id AS orgId, r.account_id AS accountId, r.tenant_db AS tenantDb, r.country, r.division_id AS divisionId, r.is_active AS isActive, r.app_secret AS appSecret
       FROM json_each(?2) k JOIN channel_routes r ON r.channel = ?1 AND r.external_id = k.value`,
    )
    .bind(channel, JSON.stringify([...new Set(accounts)]))
    .all<Omit<Route, "isActive"> & { isActive: number }>();
  const routes = new Map(results.map((row) => [row.externalId, { ...row, isActive: row.isActive === 1 }]));
  for (const account of accounts) {
    const route = routes.get(account);
    if (route?.isActive) keep(keyOf(channel, account), route);
    else cache.drop(keyOf(channel, account));
  }
  return routes;
}

const keyOf = (channel: Channel, account: string): string => `${channel}:${account}`;

/** An encrypted secret and the place that it is bound to. */
export interface SealedSecret {
  text: string;
  place: string;
}

/** The secrets of each business's accounts; of one that nobody has, none. Read only for what the app itself did not sign. */
export async function secretsOfBusinesses(
  ctx: PublicCtx,
  channel: Channel,
  businesses: readonly string[],
): Promise<SealedSecret[][]> {
  const { results } = await ctx.control
    .prepare(
      "SELECT r.business_id AS business, r.account_id AS accountId, r.app_secret AS text FROM json_each(?2) k JOIN channel_routes r ON r.channel = ?1 AND r.business_id = k.value WHERE r.app_secret IS NOT NULL LIMIT 100",
    )
    .bind(channel, JSON.stringify(businesses.slice(0, 100)))
    .all<{ business: string; accountId: string; text: string }>();
  return businesses.map((business) =>
    results
      .filter((row) => row.business === business)
      .map(({ accountId, text }) => ({ text, place: `${accountId}:app_secret` })),
  );
}
