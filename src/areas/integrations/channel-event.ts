import type { AccountChange, Channel } from "../../channels/channel";
import { tenantD1 } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { cut } from "../../kit/cut";
import { TenantDatabase } from "../../kit/database";

interface Held {
  org_id: string;
  account_id: string;
  tenant_db: string;
  /** How many accounts of ours the business has. */
  of: number;
}

/**
 * Enters what a channel says of a business or a number of its into the accounts that it concerns, of whichever tenant. Again, or after
 * a newer one, it changes nothing. A number is known by how it is written only since the account was connected: where that is not known,
 * it is meant if it is the business's only one.
 */
export async function changeAccounts(
  ctx: PublicCtx,
  channel: Channel,
  change: AccountChange,
  at: number,
): Promise<void> {
  const { results } = await ctx.control
    .prepare(
      "SELECT org_id, account_id, tenant_db, count(*) OVER () AS 'of' FROM channel_routes WHERE channel = ? AND business_id = ?",
    )
    .bind(channel, change.business)
    .all<Held>();
  const {
    health = null,
    detail = null,
    until = null,
    number = null,
    qualityRating = null,
    messagingLimit = null,
  } = change;
  await Promise.all(
    results.map((held) =>
      new TenantDatabase(tenantD1(ctx.env, held.tenant_db), held.org_id, ctx.cost, "first-primary")
        .sql(
          `UPDATE integration_accounts SET
             health = coalesce(?4, health), health_detail = iif(?4 IS NULL, health_detail, ?5), restricted_until = iif(?4 IS NULL, restricted_until, ?6),
             quality_rating = coalesce(?7, quality_rating), messaging_limit = coalesce(?8, messaging_limit), channel_event_at = ?3, updated_at = ?9
           WHERE org_id = ?1 AND id = ?2 AND coalesce(channel_event_at, 0) <= ?3 AND (?10 IS NULL OR coalesce(display_number, iif(?11 = 1, ?10, '')) = ?10)`,
          held.account_id,
          at,
          health,
          detail === null ? null : cut(detail, 500),
          until,
          qualityRating,
          messagingLimit,
          ctx.now(),
          number,
          held.of,
        )
        .run(),
    ),
  );
}
