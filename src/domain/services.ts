import type { ChannelError, MediaReference } from "../channels/channel";
import type { AccountRef, SendingAccount, UsableAccount } from "./sending-account";

/**
 * What the objects need of the areas, as interfaces: an object imports `src/services.ts`, which implements them, and no area. Types
 * only. Add a function here when an object needs another one.
 */
export interface ConversationServices {
  /** Reads an account with its secrets decrypted. A failure of a replica is checked against the primary. */
  loadAccount(env: Env, account: AccountRef, constraint?: "first-primary"): Promise<SendingAccount>;
  /** Shows on the account that the channel refused it. Does nothing if the account was changed since it was read. */
  markAccountFailing(env: Env, account: AccountRef, used: SendingAccount, error: ChannelError): Promise<void>;
  /** Shows on the account that a message went out. */
  markAccountWorking(env: Env, account: AccountRef, used: UsableAccount): Promise<void>;
  /** Copies a customer's file to R2 under `key`. Repeating it does no harm. Throws ChannelError. */
  copyMedia(env: Env, used: UsableAccount, reference: MediaReference, key: string): Promise<CopiedMedia>;
}

export interface CopiedMedia {
  mimeType: string;
  sizeBytes: number;
}
