/**
 * Where a message's text stands in the full-text index. rowid = 15 bits of the organization's number | 30 of seconds since 2020 | 18 of
 * the message's own: a tenant is one range of rowids, and FTS5 gives the newest of it first without sorting. Pure.
 */

const EPOCH_SECONDS = 1_577_836_800;
const OWN = 2 ** 18;
/** How many places an organization has: all bits but those of its number. */
export const PLACES = 2 ** 48;

/** In SQL, with the tenant bound as ?1: the rowid of an organization's first place. */
export const FIRST_ROWID = "(SELECT o.number << 48 FROM orgs o WHERE o.org_id = ?1)";

/** A message's place among its organization's: by second and, within a conversation, by number. */
export const textPlace = (messageId: string): number => placeFrom(messageId, messageId.slice(8, 13));

/**
 * Two messages of a busy second may have the same place: the later one goes to this one. Without it, its conversation would never be
 * projected again.
 */
export const otherTextPlace = (messageId: string): number => placeFrom(messageId, messageId.slice(13, 18));

function placeFrom(messageId: string, hash: string): number {
  const seconds = Math.min(Math.max(Number.parseInt(messageId.slice(0, 8), 16) - EPOCH_SECONDS, 0), 2 ** 30 - 1);
  // Half of the bits' range to begin at, so that numbers do not carry over into the next second.
  const begin = Number.parseInt(hash, 16) % (OWN / 2);
  return seconds * OWN + begin + (Number.parseInt(messageId.slice(18), 16) % (OWN / 2));
}
