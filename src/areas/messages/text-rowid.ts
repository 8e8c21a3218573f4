/**
 * The rowid of a message's text in the full-text index: 15 bits of the organization's number | 30 of seconds since 2020 | 18 of
 * the message's own: a tenant is one range of rowids, and FTS5 gives the newest of it first without sorting. Pure.
 */

const EPOCH_SECONDS = 1_577_836_800;
const OWN = 2 ** 18;
/** All bits but those of the organization's number. */
export const ROWIDS_PER_ORG = 2 ** 48;

/** In SQL, with the tenant bound as ?1: an organization's first rowid. */
export const FIRST_ROWID = "(SELECT o.number << 48 FROM orgs o WHERE o.org_id = ?1)";

/** A message's preferred rowid, from its organization's first: by second and, within a conversation, by number. */
export const textRowid = (messageId: string): number => rowidFrom(messageId, messageId.slice(8, 13));

/**
 * Two messages of a busy second may have the same preferred rowid: the later one gets this alternative. Without it, its conversation
 * would never be projected again.
 */
export const otherTextRowid = (messageId: string): number => rowidFrom(messageId, messageId.slice(13, 18));

function rowidFrom(messageId: string, hash: string): number {
  const seconds = Math.min(Math.max(Number.parseInt(messageId.slice(0, 8), 16) - EPOCH_SECONDS, 0), 2 ** 30 - 1);
  // Half of the bits' range to begin at, so that numbers do not carry over into the next second.
  const begin = Number.parseInt(hash, 16) % (OWN / 2);
  return seconds * OWN + begin + (Number.parseInt(messageId.slice(18), 16) % (OWN / 2));
}
