import type { ChannelAccount } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { forgetRoutes } from "./routes";
import type { AccountRow } from "./table";
import { unroutedIsDue } from "./unrouted";

/** Writes of `channel_routes` on behalf of the account's organization. */

const ROUTE_COLUMNS = ["business_id", "division_id", "is_active", "app_secret"] as const;
/** The columns of a route that may change. */
export type RouteColumn = (typeof ROUTE_COLUMNS)[number];

/**
 * Writes the route by which deliveries find the account. The route is in the control database and must be written
 * before the tenant's row, because an account may be used by one tenant only. Call it after the channel has accepted
 * the account's secrets: the tenant that claims a number receives its messages. Returns the verify token: the
 * configuration's, else that of the first claim, even when two run concurrently; undefined if another tenant has the account. If a route exists, only
 * its `columns` change. Updates that were parked without a route become due (unrouted.ts).
 */
export async function claimRoute(
  ctx: Ctx,
  account: AccountRow,
  { externalId, ownerId, verifyToken }: Pick<ChannelAccount, "externalId" | "ownerId" | "verifyToken">,
  columns: readonly RouteColumn[] = ROUTE_COLUMNS,
): Promise<string | undefined> {
  const [claimed] = await ctx.control.batch([
    ctx.control
      .prepare(
        `INSERT INTO channel_routes (channel, external_id, org_id, account_id, tenant_db, country, business_id, division_id, is_active, app_secret, verify_token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT DO UPDATE SET account_id = excluded.account_id, verify_token = coalesce(?12, channel_routes.verify_token), ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}
         WHERE channel_routes.org_id = excluded.org_id RETURNING verify_token`,
      )
      .bind(
        account.channel,
        externalId,
        ctx.orgId,
        account.id,
        ctx.org.tenantDb,
        ctx.org.country,
        ownerId,
        account.divisionId,
        account.isActive ? 1 : 0,
        account.config[adapterOf(account.channel)!.deliverySecret] ?? null,
        account.verifyToken,
        verifyToken ?? null,
      ),
    unroutedIsDue(ctx, account.channel, externalId),
  ]);
  forgetRoutes();
  return (claimed!.results[0] as { verify_token: string } | undefined)?.verify_token;
}

export async function dropRoute(ctx: Ctx, accountId: string): Promise<void> {
  await ctx.control
    .prepare("DELETE FROM channel_routes WHERE account_id = ? AND org_id = ?")
    .bind(accountId, ctx.orgId)
    .run();
  forgetRoutes();
}

export async function isHeldByAnother(ctx: Ctx, channel: string, externalId: string): Promise<boolean> {
  return (
    (await ctx.control
      .prepare("SELECT 1 FROM channel_routes WHERE channel = ? AND external_id = ? AND org_id <> ?")
      .bind(channel, externalId, ctx.orgId)
      .first()) !== null
  );
}
