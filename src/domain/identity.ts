import type { Party } from "../channels/channel";
import { nameOfAddress } from "../kit/phone-number";

/**
 * Decides who a person is, and which thread is theirs (docs/adr/0003). Pure: the rows of the alias table decide.
 *
 * A user id names one person for ever. A number names whoever held it at a time: its rows are points in time, by the
 * channel's clock, from each of which on one thread holds it, or nobody.
 */

/** A row of the alias table; rows are added and never changed. */
export interface AliasRow {
  /** A user id, or a number in the form of `nameOfAddress`. */
  alias: string;
  /** From when on the thread holds the number, in milliseconds; 0 for a user id. */
  since: number;
  /** NOBODY: the person has left the number. */
  threadKey: string;
  /** The user id beside which the number was named; "" if none was. */
  userId: string;
}

export const NOBODY = "";

/** The names of a person. The user id comes before the parent's, which several portfolios share. */
export interface Names {
  number?: string;
  ids: readonly string[];
}

/** Names that one update gave one person, at a time of the channel. */
export interface Sighting {
  names: Names;
  at: number;
}

/** A person who left the old names for the new ones. */
export interface Move extends Sighting {
  to: Names;
}

export interface Decision {
  threadKey: string;
  /** Rows that must be added to the table before an update of the person is applied. */
  add: AliasRow[];
}

export const namesOf = ({ address, userId, parentUserId }: Party): Names => ({
  ...(address !== undefined && { number: nameOfAddress(address) }),
  ids: [userId, parentUserId].filter((id) => id !== undefined),
});

export const aliasesOf = ({ number, ids }: Names): string[] => [...(number === undefined ? [] : [number]), ...ids];

/** The names that a conversation has for its person. */
export interface KnownNames {
  address: string | null;
  userId: string | null;
  parentUserId: string | null;
  /** The table has the address and the user id as names of one person. */
  isPaired: boolean;
}

/**
 * Whether an update tells nothing new about who its person is, so that it is applied without a look at the table. A
 * receipt with a number alone tells nothing: it may be of a message to a number that the person has left since.
 */
export function isSettled(known: KnownNames, party: Party, isReceipt = false): boolean {
  if (party.userId !== undefined && party.userId !== known.userId) return false;
  if (party.parentUserId !== undefined && party.parentUserId !== known.parentUserId) return false;
  if (party.address === undefined) return true;
  if (party.userId === undefined) return isReceipt || isSameAddress(party.address, known.address);
  return known.isPaired && isSameAddress(party.address, known.address);
}

export const isSameAddress = (one: string | null | undefined, other: string | null): boolean =>
  typeof one === "string" && other !== null && nameOfAddress(one) === nameOfAddress(other);

/** The thread of the person whom an update names. A person without one gets a new thread. */
export function threadOf(rows: readonly AliasRow[], { names, at }: Sighting): Decision {
  const { number, ids } = names;
  const points = number === undefined ? [] : pointsOf(rows, number);
  const holder = holderAround(points, at);
  const threadKey =
    threadOfIds(rows, ids) ??
    (holder && mayBe(points, holder, ids) ? holder.threadKey : newKey(points, names, lastUpTo(points, at)));
  const add = idRows(rows, ids, threadKey);
  if (number !== undefined) {
    const isKnown = holder?.threadKey === threadKey && (ids.length === 0 || isConfirmed(points, threadKey));
    if (!isKnown) add.push({ alias: number, since: at, threadKey, userId: ids[0] ?? "" });
  }
  return { threadKey, add };
}

/** The thread of a person who moves, who keeps it. */
export function threadOfMove(rows: readonly AliasRow[], { names: from, to, at }: Move): Decision {
  const old = from.number === undefined ? [] : pointsOf(rows, from.number);
  // A later holder of the number is not the one who left it.
  const leaver = lastUpTo(old, at);
  const known = leaver && leaver.threadKey !== NOBODY && mayBe(old, leaver, from.ids) ? leaver.threadKey : undefined;
  const threadKey =
    threadOfIds(rows, from.ids) ??
    known ??
    threadOfIds(rows, to.ids) ??
    newKey(old, { ...from, ids: [...from.ids, ...to.ids] }, leaver);
  const add = idRows(rows, [...from.ids, ...to.ids], threadKey);
  if (from.number !== undefined && leaver?.threadKey !== threadKey)
    add.push({ alias: from.number, since: at, threadKey, userId: from.ids[0] ?? "" });
  if (to.number === undefined || to.number === from.number) return { threadKey, add };
  // Whoever held the number until then is another person.
  const next = pointsOf(rows, to.number);
  if (lastUpTo(next, at)?.threadKey !== threadKey) {
    add.push({ alias: to.number, since: at - 1, threadKey: NOBODY, userId: "" });
    // Another number comes with another user id. Where the channel does not say which, it is the first that is named.
    add.push({ alias: to.number, since: at, threadKey, userId: to.ids[0] ?? "" });
  }
  // Times are seconds: a message of that second may still be from the old number.
  if (from.number !== undefined && lastUpTo(pointsOf([...rows, ...add], from.number), at + 1)?.threadKey === threadKey)
    add.push({ alias: from.number, since: at + 1, threadKey: NOBODY, userId: "" });
  return { threadKey, add };
}

export interface Holding {
  /** The thread that holds the number now; NOBODY if it is free. */
  threadKey: string;
  since: number;
  /** The other threads that have held it: they must not answer to it. */
  former: string[];
}

/** The present holder of a number; undefined if it was never named. */
export function holdingOf(rows: readonly AliasRow[], number: string): Holding | undefined {
  const points = pointsOf(rows, number);
  const last = points.at(-1);
  if (!last) return undefined;
  const former = new Set(points.map(({ threadKey }) => threadKey));
  former.delete(NOBODY);
  former.delete(last.threadKey);
  return { threadKey: last.threadKey, since: last.since, former: [...former] };
}

/** The points of a number, in time. At one time, nobody comes before somebody, and a pair counts as the later. */
function pointsOf(rows: readonly AliasRow[], number: string): AliasRow[] {
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return rows
    .filter(({ alias }) => alias === number)
    .toSorted((a, b) => a.since - b.since || order(a.threadKey, b.threadKey) || order(a.userId, b.userId));
}

const lastUpTo = (points: readonly AliasRow[], at: number): AliasRow | undefined =>
  points.findLast(({ since }) => since <= at);

/** The holder at the time; where nobody is known to have been, the next one: updates arrive out of order. */
function holderAround(points: readonly AliasRow[], at: number): AliasRow | undefined {
  const last = lastUpTo(points, at);
  if (last && last.threadKey !== NOBODY) return last;
  const next = points.find(({ since }) => since > at);
  return next && next.threadKey !== NOBODY ? next : undefined;
}

/** Whether an unknown user id may be the holder's: as long as the number was never named beside another one. */
const mayBe = (points: readonly AliasRow[], { threadKey }: AliasRow, ids: readonly string[]): boolean =>
  ids.length === 0 || !isConfirmed(points, threadKey);

const isConfirmed = (points: readonly AliasRow[], threadKey: string): boolean =>
  points.some((point) => point.threadKey === threadKey && point.userId !== "");

/** The thread of the first user id that has one. */
export function threadOfIds(rows: readonly AliasRow[], ids: readonly string[]): string | undefined {
  for (const id of ids) {
    const row = rows.find(({ alias }) => alias === id);
    if (row) return row.threadKey;
  }
  return undefined;
}

const idRows = (rows: readonly AliasRow[], ids: readonly string[], threadKey: string): AliasRow[] =>
  [...new Set(ids)]
    .filter((id) => !rows.some(({ alias }) => alias === id))
    .map((id) => ({ alias: id, since: 0, threadKey, userId: "" }));

/**
 * The number, so that later updates find the thread without a look at the table; or, if the number keys another
 * person's, what tells the two apart.
 */
function newKey(points: readonly AliasRow[], { number, ids }: Names, free: AliasRow | undefined): string {
  if (number === undefined && ids.length === 0) throw new Error("an update names nobody");
  if (number === undefined) return ids[0]!;
  if (!points.some(({ threadKey }) => threadKey === number)) return number;
  return ids[0] ?? `${number}~${free?.since ?? 0}`;
}
