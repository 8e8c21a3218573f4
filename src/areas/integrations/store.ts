import { eq } from "drizzle-orm";
import {
  type Channel,
  type ChannelAccount,
  type ChannelAdapter,
  ChannelConfigError,
  ChannelError,
  channelServices,
  type ConnectedAccount,
} from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import { accountConfigInvalid, accountNotFound, channelRefused, channelUnavailable } from "./problems";
import { type AccountRow, integrationAccounts } from "./table";

export async function loadAccount(ctx: Ctx, id: string): Promise<AccountRow> {
  const row = await ctx.db.first(integrationAccounts, eq(integrationAccounts.id, id));
  if (!row) throw accountNotFound();
  return row;
}

/** Opens the account with this configuration. Throws `integration_config_invalid`. */
export function openAccount(ctx: Ctx, adapter: ChannelAdapter, config: Record<string, string>): ChannelAccount {
  try {
    return adapter.open(config, channelServices(ctx.env));
  } catch (error) {
    if (!(error instanceof ChannelConfigError)) throw error;
    throw accountConfigInvalid(undefined, {
      errors: error.faults.map(({ field, message }) => ({
        field: ["config", field].filter((part) => part !== "").join("."),
        message,
      })),
    });
  }
}

/**
 * Registers and subscribes the account at the channel. Throws `channel_refused` with the channel's words, or
 * `channel_unavailable` if the call may be repeated.
 */
export async function connectAtChannel(account: ChannelAccount): Promise<ConnectedAccount> {
  try {
    return (await account.connect?.()) ?? {};
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const words = cut([error.failure.code, error.failure.title, error.failure.detail].filter(Boolean).join(": "), 500);
    throw ["transient", "throttled", "ambiguous"].includes(error.failureClass)
      ? channelUnavailable(undefined, { cause: error })
      : channelRefused(words);
  }
}

/**
 * The key of an account: derived from its id where the channel does so, otherwise chosen by the caller. Throws if the
 * caller asks for a key other than the derived one.
 */
export function accountKeyOf(adapter: ChannelAdapter, externalId: string, asked: string | undefined): string {
  const derived = adapter.accountKey?.(externalId);
  if (derived === undefined) return asked ?? externalId;
  if (asked === undefined || asked === derived) return derived;
  throw accountConfigInvalid(undefined, {
    errors: [{ field: "account_key", message: `must be ${derived}, which is derived from the account's id` }],
  });
}

/** Clears the channel's default account. Runs before the statement that sets a new one, since there may be only one. */
export const noDefault = (ctx: Ctx, channel: Channel): D1PreparedStatement =>
  ctx.db.sql(
    "UPDATE integration_accounts SET is_default = 0 WHERE org_id = ?1 AND channel = ?2 AND is_default = 1",
    channel,
  );
