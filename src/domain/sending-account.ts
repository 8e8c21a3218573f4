import type { Channel, ChannelAccount, ChannelError } from "../channels/channel";

/**
 * The channel account of a conversation, as callers of the channel use it. Its secrets are never returned or logged.
 */

/** Identifies an account of an organization. A conversation's state is one. */
export interface AccountRef {
  orgId: string;
  tenantDb: string;
  accountId: string;
  channel: Channel;
}

export type AccountHealth = "connected" | "degraded" | "needs_reauth" | "disconnected";

export interface UsableAccount {
  /** The channel's client for the account. */
  client: ChannelAccount;
  /**
   * The stored configuration, with its secrets encrypted. If the row has another one, the account was changed since it
   * was read.
   */
  sealed: Record<string, string>;
  health: AccountHealth;
  /** When a restriction by the channel ends, in milliseconds since 1970; null: none. */
  restrictedUntil: number | null;
}

/** The account, or the reason why it cannot be used. */
export type SendingAccount = UsableAccount | { failure: ChannelError };

/** Whether two reads of an account give the same client. Pure. */
export function isSameConfig(a: SendingAccount, b: SendingAccount): boolean {
  return "failure" in b || (!("failure" in a) && JSON.stringify(a.sealed) === JSON.stringify(b.sealed));
}
