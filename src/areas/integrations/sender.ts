import { and, eq } from "drizzle-orm";
import type { Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { accountInactive, accountNotFound, channelNotConnected } from "./problems";
import { openStored } from "./store";
import { type AccountRow, integrationAccounts } from "./table";

/** An account from which somebody is written to who may not have written. */
export interface Sender {
  id: string;
  channel: Channel;
  externalId: string;
  /** The division in which its conversations begin. */
  divisionId: string | null;
  row: AccountRow;
}

/**
 * The account of this id, or the channel's default. Throws `integration_account_not_found` or `integration_not_found`,
 * and `account_inactive`.
 */
export async function loadSender(ctx: Ctx, asked: { accountId: string } | { channel: Channel }): Promise<Sender> {
  const row = await ctx.db.first(
    integrationAccounts,
    "accountId" in asked
      ? eq(integrationAccounts.id, asked.accountId)
      : and(eq(integrationAccounts.channel, asked.channel), eq(integrationAccounts.isDefault, true))!,
  );
  if (!row) throw "accountId" in asked ? accountNotFound() : channelNotConnected();
  if (!row.isActive) throw accountInactive();
  const { client } = await openStored(ctx, row);
  return { id: row.id, channel: row.channel, externalId: client.externalId, divisionId: row.divisionId, row };
}
