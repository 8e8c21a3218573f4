import type { Channel, ChannelAccount } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { openStored } from "./store";
import type { AccountRow } from "./table";

interface AddressRow extends Pick<AccountRow, "id" | "channel"> {
  config: string;
  number: string | null;
}

const configOf = ({ config }: AddressRow): Record<string, string> => JSON.parse(config) as Record<string, string>;

/** Opens an account, and tells the addresses of all accounts of the channel: nobody writes to themselves. */
export async function openToSend(
  ctx: Ctx,
  channel: Channel,
  accountId: string,
): Promise<{ client: ChannelAccount; ownAddresses: ReadonlySet<string> }> {
  const accounts = await ctx.db.query<AddressRow>(
    "SELECT id, channel, config, display_number AS number FROM integration_accounts WHERE org_id = ?1 AND channel = ?2",
    channel,
  );
  const used = accounts.find(({ id }) => id === accountId);
  if (!used) throw new Error("the account is gone");
  const { client } = await openStored(ctx, { ...used, config: configOf(used) });
  const own = accounts.flatMap((one) => (one.number === null ? (configOf(one)["address"] ?? []) : `+${one.number}`));
  return { client, ownAddresses: new Set(own) };
}
