import type { ChannelUpdate } from "../../channels/channel";
import { conversationIdOf } from "../../domain/ids";
import { inTime } from "../../kit/in-time";
import { logError } from "../../kit/log";
import { nameOfAddress } from "../../kit/phone-number";
import type { Route } from "../integrations/routes";
import { type Located, type People, withParty } from "./people";
import { partyOf, referenceOf } from "./thread";

/** The updates of a delivery by conversation. */

/** An object or a table that takes longer than this is busy: its updates are parked. */
export const BUSY_AFTER_MS = 8000;

export interface Group {
  /** The contact's id is derived from it; absent: from the thread's key. */
  contactKey?: string;
  /** UNNAMED for a receipt with our own reference: the reference names the conversation, and a receipt begins none. */
  threadKey: string;
  conversationId: string;
  updates: ChannelUpdate[];
  /** The same as they were received. */
  received: ChannelUpdate[];
  /** The alias table has said whose the updates are; otherwise the number has, which is mostly the thread's key. */
  isLocated: boolean;
}

const UNNAMED = "";

/**
 * Reads the alias table only where the number does not say whose an update is. `left`: updates whose person could not be
 * found out now.
 */
export async function groupByThread(
  people: People,
  route: Route,
  updates: readonly ChannelUpdate[],
): Promise<{ groups: Group[]; left: ChannelUpdate[] }> {
  const { located, left } = await locateBeforehand(people, updates);
  const groups = new Groups(route);
  for (const update of updates) {
    if (left.has(update)) continue;
    const known = located.get(update);
    const address = partyOf(update)?.address;
    if (known) groups.add(update, known, true);
    else if (referenceOf(update)) groups.add(update, { threadKey: UNNAMED, update }, false);
    else if (address !== undefined) groups.add(update, { threadKey: nameOfAddress(address), update }, false);
  }
  return { groups: groups.all, left: [...left] };
}

/** The groups of those whom the updates name: not all need be the person whose thread the number keys. */
export async function locateGroup(people: People, route: Route, group: Group): Promise<Group[]> {
  const groups = new Groups(route);
  for (const update of group.received) {
    const located = referenceOf(update) ? await locateReceipt(people, route, update) : await people.locate(update);
    groups.add(update, located, true);
  }
  return groups.all;
}

/** Gathers updates in their order. */
class Groups {
  readonly #route: Route;
  readonly #groups = new Map<string, Group>();

  constructor(route: Route) {
    this.#route = route;
  }

  add(received: ChannelUpdate, { threadKey, update }: Located, isLocated: boolean): void {
    const { orgId, accountId } = this.#route;
    const conversationId = referenceOf(update)?.conversationId ?? conversationIdOf(orgId, accountId, threadKey);
    const group = this.#groups.get(conversationId) ?? {
      threadKey,
      conversationId,
      updates: [],
      received: [],
      isLocated,
    };
    if (group.threadKey === UNNAMED) group.threadKey = threadKey;
    group.isLocated &&= isLocated;
    group.updates.push(update);
    group.received.push(received);
    this.#groups.set(conversationId, group);
  }

  get all(): Group[] {
    return [...this.#groups.values()];
  }
}

/**
 * Locates everybody in a delivery in which somebody moves. Otherwise those who are named by user id alone, after the
 * updates of the delivery that name the same user id beside a number.
 */
async function locateBeforehand(
  people: People,
  updates: readonly ChannelUpdate[],
): Promise<{ located: Map<ChannelUpdate, Located>; left: Set<ChannelUpdate> }> {
  const moves = updates.filter(({ kind }) => kind === "address_changed");
  const others = updates.filter(
    (update) => update.kind !== "address_changed" && partyOf(update) !== undefined && !referenceOf(update),
  );
  const [hidden, shown] = [others.filter(isHidden), others.filter((update) => !isHidden(update))];
  const hiddenIds = new Set(hidden.flatMap(idsOf));
  const pairs = shown.filter((update) => moves.length > 0 || idsOf(update).some((id) => hiddenIds.has(id)));
  const located = new Map<ChannelUpdate, Located>();
  const left = new Set<ChannelUpdate>();
  for (const update of [...moves, ...pairs, ...hidden]) {
    try {
      located.set(
        update,
        await inTime(people.locate(update), BUSY_AFTER_MS, new Error("a person was not found in time")),
      );
    } catch (error) {
      // The updates beside it are not delayed by it.
      logError("person_unknown", error, { update: update.kind });
      left.add(update);
    }
  }
  return { located, left };
}

const isHidden = (update: ChannelUpdate): boolean => partyOf(update)!.address === undefined;

const idsOf = (update: ChannelUpdate): string[] =>
  [partyOf(update)!.userId, partyOf(update)!.parentUserId].filter((id) => id !== undefined);

/** A receipt belongs to its message's conversation, even if the number, and so the message, went to another person. */
async function locateReceipt(people: People, route: Route, update: ChannelUpdate): Promise<Located> {
  const anonymous = { threadKey: UNNAMED, update: withParty(update, {}) };
  if (idsOf(update).length === 0) return anonymous;
  const located = await people.locate(update);
  const conversationId = conversationIdOf(route.orgId, route.accountId, located.threadKey);
  return conversationId === referenceOf(update)!.conversationId ? located : anonymous;
}
