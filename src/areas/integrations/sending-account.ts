import { eq } from "drizzle-orm";
import { ChannelError, type ChannelEndpoint, type Channel } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { configOf, tenantD1 } from "../../config";
import { clock } from "../../kit/clock";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { openConfig } from "./config-secrets";
import { integrationAccounts } from "./table";

/** What a conversation needs to talk to its channel. */
export interface UsableAccount {
  endpoint: ChannelEndpoint;
  config: Record<string, string>;
}

/** That, or why it cannot. */
export type SendingAccount = UsableAccount | { failure: ChannelError };

interface Whose {
  orgId: string;
  tenantDb: string;
  accountId: string;
  channel: Channel;
}

const refusal = (code: string, title: string): SendingAccount => ({ failure: new ChannelError("forbidden", { code, title }) });

/**
 * Reads an account with its secrets opened. For the server's own use: what this returns is never answered or logged. A failure fails
 * messages for good, so what a replica says of one is asked of the primary again.
 */
export async function loadSendingAccount(env: Env, whose: Whose): Promise<SendingAccount> {
  const account = await readAccount(env, whose, "first-unconstrained");
  return "failure" in account ? readAccount(env, whose, "first-primary") : account;
}

async function readAccount(env: Env, { orgId, tenantDb, accountId, channel }: Whose, constraint: string): Promise<SendingAccount> {
  const config = configOf(env);
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), constraint);
  const row = await db.first(integrationAccounts, eq(integrationAccounts.id, accountId));
  const adapter = adapterOf(channel);
  if (!row || !adapter) return refusal("account_missing", "The channel account does not exist any more");
  if (!row.isActive) return refusal("account_inactive", "The channel account is switched off");
  return { endpoint: channelEndpoint(config), config: await openConfig(config, adapter, accountId, row.config) };
}

export function channelEndpoint(config: { GRAPH_API_URL: string; GRAPH_API_VERSION: string; GRAPH_TIMEOUT_MS: number }): ChannelEndpoint {
  return { graphApiUrl: config.GRAPH_API_URL, graphApiVersion: config.GRAPH_API_VERSION, timeoutMs: config.GRAPH_TIMEOUT_MS };
}

/** A dead token or a blocked account is seen on the account, not only on the message that met it. */
export async function markAccountUnwell(env: Env, { orgId, tenantDb, accountId }: Whose, error: ChannelError): Promise<void> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-primary");
  const health = error.failureClass === "reauth" ? "needs_reauth" : "disconnected";
  const health_detail = `${error.failure.code}: ${error.failure.title}`.slice(0, 500);
  await db.update("integration_accounts", { id: accountId }, { health, health_detail, updated_at: clock.now() }).run();
}
