import type { AccountChange, Channel } from "../../channels/channel";
import { tenantD1 } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { cut } from "../../kit/cut";
import { TenantDatabase } from "../../kit/database";

interface RouteRow {
  org_id: string;
  account_id: string;
  tenant_db: string;
  /** The number of accounts that the change matched. */
  of: number;
}

/**
 * Applies a channel's change of an account, an owner or one of the owner's numbers to the matching accounts of any
 * tenant. Idempotent; a change older than the last one applied is ignored. An account's number is known only if the
 * channel reported it when the account was connected; an account without a number matches if it is the owner's only
 * one.
 */
export async function changeAccounts(
  ctx: PublicCtx,
  channel: Channel,
  change: AccountChange,
  at: number,
): Promise<void> {
  // SQLite would read all routes of the channel for an owner.
  const [table, column, id] =
    "account" in change
      ? ["channel_routes", "external_id", change.account]
      : ["channel_routes INDEXED BY idx_channel_routes_business_id", "business_id", change.owner];
  const { results } = await ctx.control
    .prepare(
      `SELECT org_id, account_id, tenant_db, count(*) OVER () AS 'of' FROM ${table} WHERE channel = ? AND ${column} = ?`,
    )
    .bind(channel, id)
    .all<RouteRow>();
  const {
    health = null,
    detail = null,
    until = null,
    number = null,
    qualityRating = null,
    messagingLimit = null,
  } = change;
  await Promise.all(
    results.map((row) =>
      new TenantDatabase(tenantD1(ctx.env, row.tenant_db), row.org_id, ctx.cost, "first-primary")
        .sql(
          `UPDATE integration_accounts SET
             health = coalesce(?4, health), health_detail = iif(?4 IS NULL, health_detail, ?5), restricted_until = iif(?4 IS NULL, restricted_until, ?6),
             quality_rating = coalesce(?7, quality_rating), messaging_limit = coalesce(?8, messaging_limit), channel_event_at = ?3, updated_at = ?9
           WHERE org_id = ?1 AND id = ?2 AND coalesce(channel_event_at, 0) <= ?3 AND (?10 IS NULL OR coalesce(display_number, iif(?11 = 1, ?10, '')) = ?10)`,
          row.account_id,
          at,
          health,
          detail === null ? null : cut(detail, 500),
          until,
          qualityRating,
          messagingLimit,
          ctx.now(),
          number,
          row.of,
        )
        .run(),
    ),
  );
}
