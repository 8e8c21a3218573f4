import { eq } from "drizzle-orm";
import { ChannelError, type ChannelAdapter } from "../../channels/channel";
import type { Ctx } from "../../kit/context";
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
  throw accountConfigInvalid(undefined, { errors: result.error.issues.map((issue) => ({ field: ["config", ...issue.path].join("."), message: issue.message })) });
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

/** By which deliveries find the account. In the control database, so before the tenant's row; an account is in use by one tenant. */
export async function claimRoute(ctx: Ctx, route: { channel: string; externalId: string; accountId: string; isActive: boolean; sealedAppSecret: string | null; verifyToken: string }): Promise<boolean> {
  const row = await ctx.control
    .prepare(
      `INSERT INTO channel_routes (channel, external_id, org_id, account_id, tenant_db, country, is_active, app_secret, verify_token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET account_id = excluded.account_id, is_active = excluded.is_active, app_secret = excluded.app_secret, verify_token = excluded.verify_token
       WHERE channel_routes.org_id = excluded.org_id RETURNING account_id`,
    )
    .bind(route.channel, route.externalId, ctx.orgId, route.accountId, ctx.org.tenantDb, ctx.org.country, route.isActive ? 1 : 0, route.sealedAppSecret, route.verifyToken)
    .first();
  forgetRoutes();
  return row !== null;
}

export async function dropRoute(ctx: Ctx, channel: string, externalId: string): Promise<void> {
  await ctx.control.prepare("DELETE FROM channel_routes WHERE channel = ? AND external_id = ? AND org_id = ?").bind(channel, externalId, ctx.orgId).run();
  forgetRoutes();
}
