import type { Channel, ChannelAccount, ChannelError } from "../channels/channel";

/** The channel account of a conversation as those who call the channel use it. Its secrets are never answered or logged. */

/** Names an account of an organization. A conversation's state is one. */
export interface AccountRef {
  orgId: string;
  tenantDb: string;
  accountId: string;
  channel: Channel;
}

export type AccountHealth = "connected" | "degraded" | "needs_reauth" | "disconnected";

export interface UsableAccount {
  /** Calls the channel. */
  client: ChannelAccount;
  /** The stored configuration, with its secrets encrypted. A row with another one was changed since it was read. */
  sealed: Record<string, string>;
  health: AccountHealth;
  /** Until when the channel restricts the account, in milliseconds. */
  restrictedUntil: number | null;
}

/** The account, or why it cannot be used. */
export type SendingAccount = UsableAccount | { failure: ChannelError };

/** Whether two readings of an account would make the same calls. Pure. */
export function isSameConfig(a: SendingAccount, b: SendingAccount): boolean {
  return "failure" in b || (!("failure" in a) && JSON.stringify(a.sealed) === JSON.stringify(b.sealed));
}
