import type { ChannelAccount } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { forgetRoutes } from "./routes";
import type { AccountRow } from "./table";
import { unroutedIsDue } from "./unrouted";

/** Routes as their accounts' owners write them. */

const ROUTE_COLUMNS = ["business_id", "division_id", "is_active", "app_secret"] as const;
/** What of a route may change. */
export type RouteColumn = (typeof ROUTE_COLUMNS)[number];

/**
 * Writes the route by which deliveries find the account. It is in the control database, so it is written before the tenant's row; an
 * account is in use by one tenant. To be called after the channel has accepted the account's secrets: whoever claims a number is
 * delivered its messages. The verify token of the first claim stays, whichever of two calls at the same time wins; it is returned,
 * undefined if another tenant has the account. If there is a route, only `columns` of it change. What was parked for want of a route is
 * due from then on (unrouted.ts).
 */
export async function claimRoute(
  ctx: Ctx,
  account: AccountRow,
  { externalId, ownerId }: Pick<ChannelAccount, "externalId" | "ownerId">,
  columns: readonly RouteColumn[] = ROUTE_COLUMNS,
): Promise<string | undefined> {
  const [claimed] = await ctx.control.batch([
    ctx.control
      .prepare(
        `INSERT INTO channel_routes (channel, external_id, org_id, account_id, tenant_db, country, business_id, division_id, is_active, app_secret, verify_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET account_id = excluded.account_id, ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}
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
