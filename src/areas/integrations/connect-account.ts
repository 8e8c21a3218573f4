import type { Channel, ConnectOptions } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { eq } from "drizzle-orm";
import type { Ctx } from "../../domain/context";
import { retryOnConflict } from "../../kit/commit";
import { cut } from "../../kit/cut";
import { changedMeanwhile, type ProblemKind } from "../../kit/problem";
import { divisionUnknown } from "../divisions/problems";
import { createAccount } from "./create";
import type { IntegrationAccount } from "./model";
import {
  accountConfigInvalid,
  accountExists,
  accountNotFound,
  channelRefused,
  channelUnavailable,
  channelUnsupported,
} from "./problems";
import { accountIdOf, openAccount } from "./store";
import { integrationAccounts } from "./table";
import { updateAccount } from "./update";

export const connectProblems: ProblemKind[] = [
  accountConfigInvalid,
  accountExists,
  accountNotFound,
  changedMeanwhile,
  channelRefused,
  channelUnavailable,
  channelUnsupported,
  divisionUnknown,
];

/** Connects an account that a login opens, or gives a connected one its new tokens. Throws `connectProblems`. */
export async function connectAccount(
  ctx: Ctx,
  channel: Channel,
  { displayName, config }: { displayName: string; config: Record<string, string> },
  options?: ConnectOptions,
): Promise<IntegrationAccount> {
  const adapter = adapterOf(channel);
  if (!adapter) throw channelUnsupported();
  const { externalId } = openAccount(ctx, adapter, config);
  const id = accountIdOf(ctx.orgId, channel, externalId);
  if (await ctx.db.first(integrationAccounts, eq(integrationAccounts.id, id)))
    // Repeated here: the operation has used up its state, so it cannot run again as a whole.
    return retryOnConflict(() => updateAccount(ctx, id, { config }, options));
  const input = { channel, display_name: cut(displayName, 200), is_active: true, is_default: false, config };
  return createAccount(ctx, input, options);
}
