import type { Channel } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { MINUTE, SECOND } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { logError } from "../../kit/log";
import { RecentCache } from "../../kit/recent-cache";
import { decryptSecret } from "../../kit/secrets";
import { associatedDataOf } from "./config-secrets";

/** The account that a delivery is for, and where its tenant's data is. */
export interface Route {
  orgId: string;
  accountId: string;
  externalId: string;
  tenantDb: string;
  country: string | null;
  /** The division in which the account's conversations begin. */
  divisionId: string | null;
  isActive: boolean;
  /** The channel's id of the business that owns the account. */
  ownerId: string | null;
  /** Encrypted. */
  deliverySecret: string | null;
}

/** A route older than this is refreshed in the background while the cached one is used (stale-while-revalidate). */
const REFRESH_AFTER_MS = 10 * SECOND;
/**
 * A route older than this is read before it is used: another isolate may miss for this long that an account was moved
 * or deactivated.
 */
const MAX_AGE_MS = 20 * SECOND;
/** The maximum age of a cached route while the control database does not answer. */
const MAX_AGE_IN_OUTAGE_MS = 5 * MINUTE;

/**
 * Caches routes, so that a delivery for a known account needs no query. Inactive and missing routes are not cached, so
 * that an account that was just connected or activated is found at once in every isolate.
 */
const cache = new RecentCache<Route>({ maxAgeMs: MAX_AGE_IN_OUTAGE_MS, maxEntries: 20_000 });

export const forgetRoutes = (): void => cache.forget();

export async function routesOf(
  ctx: PublicCtx,
  channel: Channel,
  accounts: readonly string[],
): Promise<Map<string, Route>> {
  const found = new Map<string, Route>();
  const [unknown, aging]: [string[], string[]] = [[], []];
  for (const account of new Set(accounts)) {
    const route = cache.get(keyOf(channel, account), MAX_AGE_MS);
    if (route) found.set(account, route);
    if (!route) unknown.push(account);
    else if (!cache.get(keyOf(channel, account), REFRESH_AFTER_MS)) aging.push(account);
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

/** Reads the routes from the control database, for callers that must not use cached ones. */
export async function freshRoutesOf(
  ctx: PublicCtx,
  channel: Channel,
  accounts: readonly string[],
): Promise<Map<string, Route>> {
  if (accounts.length === 0) return new Map();
  const keep = cache.reading();
  // CROSS JOIN and INDEXED BY, since SQLite would otherwise read all routes of the channel.
  const { results } = await ctx.control
    .prepare(
      `SELECT r.external_id AS externalId, r.org_id AS orgId, r.account_id AS accountId, r.tenant_db AS tenantDb, r.country, r.division_id AS divisionId, r.is_active AS isActive, r.business_id AS ownerId, r.app_secret AS deliverySecret
       FROM json_each(?2) k CROSS JOIN channel_routes r ON r.channel = ?1 AND r.external_id = k.value`,
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

/** An encrypted secret with its associated data. */
interface SealedSecret {
  text: string;
  associatedData: string;
}

/** The account's own secret for verifying deliveries; empty if it has none. */
export const deliverySecretsOf = (
  channel: Channel,
  route: Pick<Route, "accountId" | "deliverySecret"> | undefined,
): SealedSecret[] =>
  route?.deliverySecret
    ? [
        {
          text: route.deliverySecret,
          associatedData: associatedDataOf(route.accountId, adapterOf(channel)!.deliverySecret),
        },
      ]
    : [];

/** More than the numbers that a WABA may have. */
const MAX_SECRETS_OF_OWNER = 20;

/** The delivery secrets of the owner's accounts; empty for an unknown owner. */
export async function secretsOfOwner(ctx: PublicCtx, channel: Channel, owner: string): Promise<SealedSecret[]> {
  const { results } = await ctx.control
    .prepare(
      "SELECT account_id AS accountId, app_secret AS deliverySecret FROM channel_routes INDEXED BY idx_channel_routes_business_id WHERE channel = ? AND business_id = ? AND app_secret IS NOT NULL LIMIT ?",
    )
    .bind(channel, owner, MAX_SECRETS_OF_OWNER)
    .all<{ accountId: string; deliverySecret: string }>();
  return results.flatMap((row) => deliverySecretsOf(channel, row));
}

export const openSecrets = (ctx: PublicCtx, secrets: readonly SealedSecret[]): Promise<string[]> =>
  Promise.all(
    secrets.map(({ text, associatedData }) => decryptSecret(ctx.config.ENCRYPTION_KEYS, text, associatedData)),
  );

/** Whether any account has this token for the verification of its webhook. */
export const isVerifyTokenOfAccount = async (ctx: PublicCtx, token: string): Promise<boolean> =>
  (await ctx.control.prepare("SELECT 1 FROM channel_routes WHERE verify_token = ? LIMIT 1").bind(token).first()) !==
  null;
