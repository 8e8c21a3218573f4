import { eq } from "drizzle-orm";
import {
  type Channel,
  type ChannelAccount,
  type ChannelAdapter,
  ChannelConfigError,
  ChannelError,
  channelServices,
  type ConnectedAccount,
  type ConnectOptions,
} from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import { uuidV5 } from "../../kit/id";
import type { Problem } from "../../kit/problem";
import { openConfig } from "./config-secrets";
import { accountConfigInvalid, accountNotFound, channelRefused, channelUnavailable } from "./problems";
import { type AccountRow, integrationAccounts } from "./table";

/** The id is derived, so that an account that is deleted and connected again continues its conversations. */
export const accountIdOf = (orgId: string, channel: Channel, externalId: string): string =>
  uuidV5(orgId, `account:${channel}:${externalId}`);

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

/** Opens a stored account. Neither the client nor `plain`, the decrypted configuration, may be returned or logged. */
export async function openStored(ctx: Ctx, { id, channel, config }: Pick<AccountRow, "id" | "channel" | "config">) {
  const adapter = adapterOf(channel)!;
  const plain = await openConfig(ctx.config, adapter, id, config);
  return { adapter, plain, client: openAccount(ctx, adapter, plain) };
}

/** Registers and subscribes the account at the channel. Throws as `askChannel` does. */
export const connectAtChannel = (account: ChannelAccount, options?: ConnectOptions): Promise<ConnectedAccount> =>
  askChannel(async () => (await account.connect?.(options)) ?? {});

/** Throws `channel_refused` with the channel's words, or `channel_unavailable` with them if the call may be repeated. */
export async function askChannel<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof ChannelError ? channelProblem(error) : error;
  }
}

export const isTemporary = ({ failureClass }: ChannelError): boolean =>
  ["transient", "deferred", "throttled", "ambiguous"].includes(failureClass);

export const channelProblem = (error: ChannelError): Problem =>
  isTemporary(error)
    ? channelUnavailable(wordsOf(error), { cause: error })
    : channelRefused(wordsOf(error), { cause: error });

/** The channel's own words. */
export const wordsOf = ({ failure: { code, title, detail } }: ChannelError): string =>
  cut([code, title, detail].filter(Boolean).join(": "), 500);

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
