import type { Channel, ChannelUpdate, Party } from "../../channels/channel";
import { isReceipt } from "../../domain/conversation/updates";
import { conversationIdOf } from "../../domain/ids";
import {
  aliasesOf,
  holdingOf,
  namesOf,
  type Holding,
  type Names,
  threadOf,
  threadOfIds,
  threadOfMove,
} from "../../domain/identity";
import { conversationOf } from "../../objects";
import type { OrgRef, PublicCtx } from "../../kit/context";
import type { Route } from "../integrations/routes";
import { Aliases, partyOf } from "./thread";

export interface Located {
  threadKey: string;
  /** The update without a number that belongs to another person by now: no answer may go there. */
  update: ChannelUpdate;
}

/** A number that a person left, and the one that the person has now. */
interface Moved {
  threadKey: string;
  address: string;
}

/** How often holders of a number are asked again after one of them has had it for longer than the table said. */
const MAX_ROUNDS = 5;

/** The people of a delivery to one account. */
export class People {
  readonly aliases: Aliases;
  readonly #ctx: PublicCtx;
  readonly #route: Route;
  /** The holdings of which former holders have been told. */
  readonly #told = new Set<string>();

  constructor(ctx: PublicCtx, route: Route, channel: Channel) {
    this.#ctx = ctx;
    this.#route = route;
    this.aliases = new Aliases(ctx, route, channel);
  }

  /**
   * The thread of the update's person. The table has all of the update's names when it returns, and former holders of
   * its numbers have been told.
   */
  async locate(update: ChannelUpdate): Promise<Located> {
    const party = partyOf(update)!;
    const names = namesOf(party);
    const at = Math.min(timeOf(update), this.#ctx.now());
    if (update.kind === "address_changed") return this.#locateMove(update, names, at);
    // A receipt with a user id alone pairs nothing. If the id is unknown, a later pair says whose it is.
    if (names.number === undefined && isReceipt(update)) {
      const rows = await this.aliases.read(names.ids);
      return { threadKey: threadOfIds(rows, names.ids) ?? names.ids[0]!, update };
    }
    const threadKey = await this.aliases.decide(aliasesOf(names), (rows) => threadOf(rows, { names, at }));
    const isHeld = await this.#settle(names.number, threadKey);
    return { threadKey, update: isHeld ? update : withParty(update, withoutAddress(party)) };
  }

  async #locateMove(
    update: Extract<ChannelUpdate, { kind: "address_changed" }>,
    names: Names,
    at: number,
  ): Promise<Located> {
    const { newAddress: address, newUserId: userId, newParentUserId: parentUserId } = update;
    const to = namesOf({
      ...(address !== undefined && { address }),
      ...(userId !== undefined && { userId }),
      ...(parentUserId !== undefined && { parentUserId }),
    });
    const aliases = [...new Set([...aliasesOf(names), ...aliasesOf(to)])];
    const threadKey = await this.aliases.decide(aliases, (rows) => threadOfMove(rows, { names, to, at }));
    const isHeld = await this.#settle(to.number, threadKey);
    const moved = isHeld && address !== undefined && to.number !== names.number ? { threadKey, address } : undefined;
    const keepsOld = await this.#settle(names.number, threadKey, moved);
    const { newAddress: _, ...others } = update;
    const kept = isHeld ? update : others;
    return { threadKey, update: keepsOld ? kept : { ...kept, from: withoutAddress(kept.from) } };
  }

  /** Tells the former holders of a number. Returns whether the thread holds it now; true where there is no number. */
  async #settle(number: string | undefined, threadKey: string, moved?: Moved): Promise<boolean> {
    if (number === undefined) return true;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const holding = holdingOf(this.aliases.rowsOf(number), number);
      const told = `${number} ${holding?.since} ${holding?.threadKey}`;
      if (!holding || this.#told.has(told)) return holding?.threadKey === threadKey;
      const later = await this.#tell(number, holding, moved);
      if (!later) {
        this.#told.add(told);
        return holding.threadKey === threadKey;
      }
      await this.aliases.decide([number], (rows) => ({
        threadKey: later.threadKey,
        add: rows.some(({ since, threadKey: key }) => since === later.since && key === later.threadKey) ? [] : [later],
      }));
    }
    throw new Error("a number changes its holder too fast");
  }

  /**
   * Takes the number from the conversations of its former holders. One of them may have been seen with it later than
   * the table knows: returns the row that says so.
   */
  async #tell(number: string, { since, former }: Holding, moved: Moved | undefined) {
    const { orgId, tenantDb, country, accountId } = this.#route;
    const org: OrgRef = { id: orgId, tenantDb, country };
    if (former.length === 0) return undefined;
    const accountIds = await this.aliases.accountIds();
    const answers = await Promise.all(
      former.flatMap((threadKey) =>
        accountIds
          // This account's conversation is about to get the update that says so.
          .filter((id) => id !== accountId || threadKey !== moved?.threadKey)
          .map(async (id) => {
            const conversation = conversationOf(
              { env: this.#ctx.env, org, cost: this.#ctx.cost },
              conversationIdOf(orgId, id, threadKey),
            );
            const newAddress = threadKey === moved?.threadKey ? moved.address : null;
            const kept = await conversation.yieldAddress({ org, address: number, newAddress, at: since });
            return kept && { alias: number, since: kept.since, threadKey, userId: kept.userId ?? "" };
          }),
      ),
    );
    return answers.filter((answer) => answer !== null).toSorted((a, b) => b.since - a.since)[0];
  }
}

/** The channel's time of the update. */
const timeOf = (update: ChannelUpdate): number =>
  "message" in update ? update.message.at : "at" in update ? (update.at ?? 0) : 0;

function withoutAddress(party: Party): Party {
  const others = { ...party };
  delete others.address;
  return others;
}

export const withParty = (update: ChannelUpdate, party: Party): ChannelUpdate =>
  "from" in update ? { ...update, from: party } : "to" in update ? { ...update, to: party } : update;
