/**
 * The rowid of a message's text in the full-text index: 15 bits of the organization's number | 30 of seconds since 2020
 * | 18 that are derived from the message's id. A tenant is one range of rowids, and FTS5 returns its newest messages
 * first without sorting. Pure.
 */

const EPOCH_SECONDS = 1_577_836_800;
const ROWIDS_PER_SECOND = 2 ** 18;
/** Size of an organization's range of rowids. */
export const ROWIDS_PER_ORG = 2 ** 48;

/** In SQL, with the tenant bound as ?1: an organization's first rowid. */
export const FIRST_ROWID = "(SELECT o.number << 48 FROM orgs o WHERE o.org_id = ?1)";

/**
 * A message's preferred rowid, relative to its organization's first: by second and, within a conversation, by number.
 */
export const textRowid = (messageId: string): number => rowidFrom(messageId, messageId.slice(8, 13));

/**
 * Two messages of the same second may collide on the preferred rowid: the later one gets this alternative. Without it
 * the insert would fail, and its conversation would never be projected again.
 */
export const alternativeTextRowid = (messageId: string): number => rowidFrom(messageId, messageId.slice(13, 18));

/**
 * The rowids of a message's second, relative to its organization's first. A message whose two places are taken gets the
 * next one behind all others of the second.
 */
export function secondOf(messageId: string): { from: number; to: number } {
  const from = secondsSinceEpoch(messageId) * ROWIDS_PER_SECOND;
  return { from, to: from + ROWIDS_PER_SECOND };
}

const secondsSinceEpoch = (messageId: string): number =>
  Math.min(Math.max(Number.parseInt(messageId.slice(0, 8), 16) - EPOCH_SECONDS, 0), 2 ** 30 - 1);

function rowidFrom(messageId: string, hash: string): number {
  const seconds = secondsSinceEpoch(messageId);
  // The hash gives half of the range and the number the other half, so that the sum never reaches the next second.
  const begin = Number.parseInt(hash, 16) % (ROWIDS_PER_SECOND / 2);
  return seconds * ROWIDS_PER_SECOND + begin + (Number.parseInt(messageId.slice(18), 16) % (ROWIDS_PER_SECOND / 2));
}
