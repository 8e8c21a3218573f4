import { eq } from "drizzle-orm";
import { ChannelError, type ChannelAdapter } from "../../channels/channel";
import type { Ctx } from "../../kit/context";
import { divisionUnknown } from "../conversations/problems";
import { forgetRoutes } from "../webhooks/routes";
import { accountConfigInvalid, accountNotFound, channelRefused, channelUnavailable } from "./problems";
import { channelEndpoint } from "./sending-account";
import { type AccountRow, integrationAccounts } from "./table";

export async function loadAccount(ctx: Ctx, id: string): Promise<AccountRow> {
  const row = await ctx.db.first(integrationAccounts, eq(integrationAccounts.id, id));
  if (!row) throw accountNotFound();
  return row;
}

export function parseConfig(adapter: ChannelAdapter, config: Record<string, unknown>): Record<string, string> {
  const result = adapter.config.safeParse(config);
  if (result.success) return result.data as Record<string, string>;
  throw accountConfigInvalid(undefined, {
    errors: result.error.issues.map((issue) => ({ field: ["config", ...issue.path].join("."), message: issue.message })),
  });
}

/** Registers and subscribes the account at the channel. Its refusal is the caller's to read; its absence is not the caller's fault. */
export async function connectAtChannel(ctx: Ctx, adapter: ChannelAdapter, config: Record<string, string>): Promise<void> {
  try {
    await adapter.connect(channelEndpoint(ctx.config), config);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const words = [error.failure.code, error.failure.title, error.failure.detail].filter(Boolean).join(": ").slice(0, 500);
    throw ["transient", "throttled", "ambiguous"].includes(error.failureClass) ? channelUnavailable(undefined, { cause: error }) : channelRefused(words);
  }
}

/** Throws unless the division is of this organization: another's id would be a reference out of the tenant. */
export async function requireDivision(ctx: Ctx, divisionId: string | null | undefined): Promise<void> {
  if (divisionId == null) return;
  const [division] = await ctx.db.query("SELECT 1 FROM divisions WHERE org_id = ?1 AND id = ?2", divisionId);
  if (!division) throw divisionUnknown(undefined, { errors: [{ field: "division_id", message: "no such division" }] });
}

export async function isHeldByAnother(ctx: Ctx, channel: string, externalId: string): Promise<boolean> {
  return (
    (await ctx.control
      .prepare("SELECT 1 FROM channel_routes WHERE channel = ? AND external_id = ? AND org_id <> ?")
      .bind(channel, externalId, ctx.orgId)
      .first()) !== null
  );
}

/**
 * By which deliveries find the account. In the control database, so before the tenant's row; an account is in use by one tenant.
 * Not before the channel has accepted the account's secrets: whoever claims a number is delivered its messages. The verify token of
 * the first claim stays, whichever of two calls at the same time wins; it is returned, undefined if another tenant has the account.
 */
export async function claimRoute(
  ctx: Ctx,
  account: AccountRow,
  { externalId, businessId }: { externalId: string; businessId: string },
): Promise<string | undefined> {
  const row = await ctx.control
    .prepare(
      `INSERT INTO channel_routes (channel, external_id, org_id, account_id, tenant_db, country, business_id, division_id, is_active, app_secret, verify_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET account_id = excluded.account_id, business_id = excluded.business_id, division_id = excluded.division_id, is_active = excluded.is_active,
         app_secret = excluded.app_secret
       WHERE channel_routes.org_id = excluded.org_id RETURNING verify_token`,
    )
    .bind(
      account.channel,
      externalId,
      ctx.orgId,
      account.id,
      ctx.org.tenantDb,
      ctx.org.country,
      businessId,
      account.divisionId,
      account.isActive ? 1 : 0,
      account.config["app_secret"] ?? null,
      account.verifyToken,
    )
    .first<{ verify_token: string }>();
  forgetRoutes();
  return row?.verify_token;
}

export async function dropRoute(ctx: Ctx, channel: string, externalId: string): Promise<void> {
  await ctx.control.prepare("DELETE FROM channel_routes WHERE channel = ? AND external_id = ? AND org_id = ?").bind(channel, externalId, ctx.orgId).run();
  forgetRoutes();
}
