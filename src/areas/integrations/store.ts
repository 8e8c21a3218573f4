import { eq } from "drizzle-orm";
import { type Channel, ChannelError, type ChannelAdapter, type ConnectedAccount } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import { unroutedIsDue } from "../ingest/parked";
import { forgetRoutes } from "../ingest/routes";
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
    errors: result.error.issues.map((issue) => ({
      field: ["config", ...issue.path].join("."),
      message: issue.message,
    })),
  });
}

/** Registers and subscribes the account at the channel. Its refusal is the caller's to read; its absence is not the caller's fault. */
export async function connectAtChannel(
  ctx: Ctx,
  adapter: ChannelAdapter,
  config: Record<string, string>,
): Promise<ConnectedAccount> {
  try {
    return await adapter.connect(channelEndpoint(ctx.config), config);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const words = cut([error.failure.code, error.failure.title, error.failure.detail].filter(Boolean).join(": "), 500);
    throw ["transient", "throttled", "ambiguous"].includes(error.failureClass)
      ? channelUnavailable(undefined, { cause: error })
      : channelRefused(words);
  }
}

export async function isHeldByAnother(ctx: Ctx, channel: string, externalId: string): Promise<boolean> {
  return (
    (await ctx.control
      .prepare("SELECT 1 FROM channel_routes WHERE channel = ? AND external_id = ? AND org_id <> ?")
      .bind(channel, externalId, ctx.orgId)
      .first()) !== null
  );
}

/** Under which an account is known. Throws where another is asked for than the one that is derived. */
export function accountKeyOf(channel: Channel, externalId: string, asked: string | undefined): string {
  if (channel !== "whatsapp") return asked ?? externalId;
  const derived = `wa-${externalId}`;
  if (asked === undefined || asked === derived) return derived;
  throw accountConfigInvalid(undefined, {
    errors: [{ field: "account_key", message: `must be ${derived}, which is derived from the phone number` }],
  });
}

/** Before the row that is to be the default is written: there is one at most. */
export const noDefault = (ctx: Ctx, channel: Channel): D1PreparedStatement =>
  ctx.db.sql(
    "UPDATE integration_accounts SET is_default = 0 WHERE org_id = ?1 AND channel = ?2 AND is_default = 1",
    channel,
  );

const ROUTE_COLUMNS = ["business_id", "division_id", "is_active", "app_secret"] as const;
/** What of a route may change. */
export type RouteColumn = (typeof ROUTE_COLUMNS)[number];

/**
 * By which deliveries find the account. In the control database, so before the tenant's row; an account is in use by one tenant.
 * Not before the channel has accepted the account's secrets: whoever claims a number is delivered its messages. The verify token of
 * the first claim stays, whichever of two calls at the same time wins; it is returned, undefined if another tenant has the account.
 * Of a route that is there only `columns` change. What was parked for want of it is due from here on (areas/webhooks/parked.ts).
 */
export async function claimRoute(
  ctx: Ctx,
  account: AccountRow,
  { externalId, businessId }: { externalId: string; businessId: string },
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
        businessId,
        account.divisionId,
        account.isActive ? 1 : 0,
        account.config["app_secret"] ?? null,
        account.verifyToken,
      ),
    unroutedIsDue(ctx, account.channel, externalId),
  ]);
  forgetRoutes();
  return (claimed!.results[0] as { verify_token: string } | undefined)?.verify_token;
}

export async function dropRoute(ctx: Ctx, channel: string, externalId: string): Promise<void> {
  await ctx.control
    .prepare("DELETE FROM channel_routes WHERE channel = ? AND external_id = ? AND org_id = ?")
    .bind(channel, externalId, ctx.orgId)
    .run();
  forgetRoutes();
}
