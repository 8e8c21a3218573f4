import { eq } from "drizzle-orm";
import { ChannelError } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { DAY, HOUR } from "../../kit/clock";
import { commit } from "../../kit/commit";
import { logError } from "../../kit/log";
import { type Done, doEach } from "../../kit/sweep";
import { sealConfig } from "./config-secrets";
import { markAccountFailing, usedOf } from "./sending-account";
import { openAccount, openStored } from "./store";
import { integrationAccounts } from "./table";

/** The claim of an account, after which another run tries again: a failed renewal is repeated four times a day. */
const LEASE_MS = 6 * HOUR;
/** No token lives longer than this after its account was last changed. */
const MAX_LIFETIME_MS = 60 * DAY;
const CONCURRENCY = 5;

export async function renewTokens(ctx: Ctx, ids: readonly string[]): Promise<Done> {
  const claimed = await ctx.db.query<{ id: string }>(
    "UPDATE integration_accounts SET renew_at = ?4 WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND renew_at <= ?3 RETURNING id",
    JSON.stringify(ids),
    ctx.now(),
    ctx.now() + LEASE_MS,
  );
  return doEach(claimed, CONCURRENCY, ({ id }) => renewToken(ctx, id), {
    event: "account_token_not_renewed",
    ids: ({ id }) => ({ account_id: id }),
  });
}

async function renewToken(ctx: Ctx, id: string): Promise<void> {
  const row = await ctx.db.first(integrationAccounts, eq(integrationAccounts.id, id));
  if (!row) return;
  const { adapter, plain, client } = await openStored(ctx, row);
  /** The account as it was read: a configuration that was changed meanwhile has another token. */
  const unchanged = { id, config: JSON.stringify(row.config) };
  const stop = () => ctx.db.update("integration_accounts", unchanged, { renew_at: null }).run();
  if (!client.renew) return void (await stop());
  try {
    const renewed = { ...plain, ...(await client.renew()) };
    const config = await sealConfig(ctx.config, adapter, id, renewed);
    const renewAt = openAccount(ctx, adapter, renewed).renewAt ?? null;
    const columns = { config, renew_at: renewAt, updated_at: ctx.now() };
    await commit(ctx, {
      write: [ctx.db.update("integration_accounts", unchanged, columns)],
      events: [happened("account.updated", id, { config: ["(hidden)", "(renewed)"] })],
      mustChange: true,
    });
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    // Any other failure is tried again while the token may live: one of less than a day is not renewed yet.
    if (error.failureClass !== "reauth" && row.updatedAt + MAX_LIFETIME_MS > ctx.now()) throw error;
    logError("account_token_dead", error, { account_id: id });
    // Shown before the attempts end, so that a process that is killed between them shows it next time.
    await markAccountFailing(ctx, id, usedOf(row, client), new ChannelError("reauth", error.failure));
    await stop();
  }
}
