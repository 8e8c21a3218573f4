import type { ChannelAdapter } from "../../channels/channel";
import type { Config } from "../../config";
import { decryptSecret, encryptSecret, isMasked, maskSecret } from "../../kit/secrets";

/** An account's configuration with its secrets encrypted, decrypted or masked. */

/**
 * The associated data of an encrypted secret: a ciphertext that is copied to another account or field does not decrypt.
 */
export const associatedDataOf = (accountId: string, field: string): string => `${accountId}:${field}`;

async function mapSecrets(
  adapter: ChannelAdapter,
  config: Record<string, string>,
  change: (value: string, field: string) => Promise<string>,
): Promise<Record<string, string>> {
  const entries = Object.entries(config).map(
    async ([field, value]) => [field, adapter.secrets.includes(field) ? await change(value, field) : value] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export const sealConfig = (
  config: Config,
  adapter: ChannelAdapter,
  accountId: string,
  plain: Record<string, string>,
): Promise<Record<string, string>> =>
  mapSecrets(adapter, plain, (value, field) =>
    encryptSecret(config.ENCRYPTION_KEYS, value, associatedDataOf(accountId, field)),
  );

export const openConfig = (
  config: Config,
  adapter: ChannelAdapter,
  accountId: string,
  sealed: Record<string, string>,
): Promise<Record<string, string>> =>
  mapSecrets(adapter, sealed, (value, field) =>
    decryptSecret(config.ENCRYPTION_KEYS, value, associatedDataOf(accountId, field)),
  );

export function maskConfig(adapter: ChannelAdapter, plain: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(plain).map(([field, value]) => [field, adapter.secrets.includes(field) ? maskSecret(value) : value]),
  );
}

/** Merges new values into the configuration. A masked value is one that we returned, so it keeps the stored value. */
export function mergeConfig(before: Record<string, string>, change: Record<string, string>): Record<string, string> {
  return { ...before, ...Object.fromEntries(Object.entries(change).filter(([, value]) => !isMasked(value))) };
}
