import { eq } from "drizzle-orm";
import { type ChannelAccount, ChannelError, channelServices } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { configOf, tenantD1 } from "../../config";
import type { Ctx } from "../../domain/context";
import { Cost } from "../../kit/cost";
import { cut } from "../../kit/cut";
import { TenantDatabase } from "../../kit/database";
import type { AccountRef, SendingAccount, UsableAccount } from "../../domain/sending-account";
import { changeState } from "./change-state";
import { openConfig } from "./config-secrets";
import { isReportedAsGone, working } from "./reports";
import { type AccountRow, integrationAccounts } from "./table";

const refusal = (code: string, title: string): SendingAccount => ({
  failure: new ChannelError("forbidden", { code, title }),
});

/**
 * Reads an account with its secrets decrypted, for internal use: the result must never be returned or logged. A failure
 * fails messages permanently, so a failure that a replica reports is checked against the primary.
 */
export async function loadSendingAccount(
  env: Env,
  account: AccountRef,
  constraint: "first-unconstrained" | "first-primary" = "first-unconstrained",
): Promise<SendingAccount> {
  const read = await readAccount(env, account, constraint);
  return "failure" in read && constraint !== "first-primary" ? readAccount(env, account, "first-primary") : read;
}

async function readAccount(
  env: Env,
  { orgId, tenantDb, accountId, channel }: AccountRef,
  constraint: string,
): Promise<SendingAccount> {
  const config = configOf(env);
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), constraint);
  const row = await db.first(integrationAccounts, eq(integrationAccounts.id, accountId));
  const adapter = adapterOf(channel);
  if (!row || !adapter) return refusal("account_missing", "The channel account no longer exists");
  if (!row.isActive) return refusal("account_inactive", "The channel account is inactive");
  try {
    const plain = await openConfig(config, adapter, accountId, row.config);
    const client = adapter.open(plain, channelServices(env));
    return usedOf(row, client);
  } catch (error) {
    if (error instanceof ChannelError) return { failure: error };
    throw error;
  }
}

/** An account as it was used, for `markAccountFailing`. */
export const usedOf = ({ config, health, restrictedUntil }: AccountRow, client: ChannelAccount): UsableAccount => ({
  client,
  sealed: config,
  health,
  restrictedUntil,
});

/**
 * Shows a dead token or a blocked account on the account itself, not only on the message that failed. Does nothing if
 * the account was changed since it was read: the failure is about the old configuration.
 */
export async function markAccountFailing(
  ctx: Ctx,
  accountId: string,
  used: SendingAccount,
  { failureClass, failure }: ChannelError,
): Promise<void> {
  if ("failure" in used) return;
  const health = failureClass === "reauth" ? "needs_reauth" : "disconnected";
  const healthDetail = cut(`${failure.code}: ${failure.title}`, 500);
  await changeState(ctx, accountId, (row) =>
    // The first failure says why, and the channel's own report says it better.
    wasUsed(row, used) && row.health !== health && !isReportedAsGone(row)
      ? { ...row, health, healthDetail, restrictedUntil: null }
      : row,
  );
}

/**
 * Shows on the account that a message was accepted: the token is valid and the account may send. A restriction by the
 * channel stays until it ends, since answers are accepted during one too.
 */
export async function markAccountWorking(ctx: Ctx, accountId: string, used: UsableAccount): Promise<void> {
  if (used.health === "degraded" && (used.restrictedUntil ?? Infinity) > ctx.now()) return;
  await changeState(ctx, accountId, (row) =>
    wasUsed(row, used) && row.health === used.health && row.health !== "connected" ? working(row) : row,
  );
}

const wasUsed = ({ config }: AccountRow, { sealed }: UsableAccount): boolean =>
  JSON.stringify(config) === JSON.stringify(sealed);
