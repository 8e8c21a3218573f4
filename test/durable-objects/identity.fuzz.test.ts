import { env } from "cloudflare:workers";
import { it } from "vitest";
import type { ChannelUpdate, Party } from "../../src/channels/channel";
import {
  type AliasRow,
  type Decision,
  aliasesOf,
  holdingOf,
  namesOf,
  threadOf,
  threadOfIds,
  threadOfMove,
} from "../../src/domain/identity";
import { isOwn, learnNames, yieldAddress } from "../../src/domain/conversation/names";
import { newConversation } from "../../src/domain/conversation/new-conversation";
import type { ConversationState } from "../../src/domain/conversation/state";
import { nameOfAddress } from "../../src/kit/phone-number";

/**
 * Random histories of people, delivered shuffled and twice. Each person has a number at a time and user ids; numbers go
 * from one person to another, announced or not. The test plays ingest's part with the same pure functions, and knows
 * who really wrote.
 */

const RUNS = env.FULL ? 100_000 : 500;

/** mulberry32 */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Delivered {
  who: number;
  update: ChannelUpdate;
}

/** Ingest and the objects without their storage: rows, and a state for each thread. */
class World {
  readonly rows: AliasRow[] = [];
  readonly threads = new Map<string, ConversationState>();

  deliver(update: ChannelUpdate): string | undefined {
    const party = "from" in update ? update.from : "to" in update ? update.to : {};
    const direct = party.address === undefined ? undefined : this.threads.get(nameOfAddress(party.address));
    if (direct && isOwn(direct, update)) return this.#apply(direct.threadKey, update);
    const names = namesOf(party);
    const at = timeOf(update);
    if (update.kind === "status" && names.number === undefined) {
      const known = threadOfIds(this.rows, names.ids);
      return known === undefined ? undefined : this.#apply(known, update);
    }
    if (update.kind === "address_changed") {
      const to = namesOf({ address: update.newAddress, userId: update.newUserId } as Party);
      const aliases = [...aliasesOf(names), ...aliasesOf(to)];
      const threadKey = this.#decide(aliases, (rows) => threadOfMove(rows, { names, to, at }));
      const isHeld = this.#settle(to.number, threadKey);
      const keepsOld = this.#settle(names.number, threadKey);
      const { newAddress: _, ...others } = update;
      const { address: __, ...hidden } = update.from;
      return this.#apply(threadKey, { ...(isHeld ? update : others), ...(!keepsOld && { from: hidden }) });
    }
    const threadKey = this.#decide(aliasesOf(names), (rows) => threadOf(rows, { names, at }));
    const { address: _, ...hidden } = party;
    const known = this.#settle(names.number, threadKey) ? party : hidden;
    return this.#apply(threadKey, {
      ...update,
      ...("from" in update ? { from: known } : { to: known }),
    } as ChannelUpdate);
  }

  #decide(aliases: string[], decide: (rows: AliasRow[]) => Decision): string {
    const { threadKey, add } = decide(this.rows.filter(({ alias }) => aliases.includes(alias)));
    this.rows.push(...add);
    const again = decide(this.rows.filter(({ alias }) => aliases.includes(alias)));
    // Whoever reads the rows again, after a redelivery or in a race, comes to the same.
    if (again.threadKey !== threadKey || again.add.length > 0) throw new Error(`not settled: ${aliases.join(" ")}`);
    return threadKey;
  }

  #settle(number: string | undefined, threadKey: string): boolean {
    if (number === undefined) return true;
    for (;;) {
      const holding = holdingOf(this.rows, number)!;
      let isChanged = false;
      for (const key of holding.former) {
        const state = this.threads.get(key);
        if (!state?.address || nameOfAddress(state.address) !== number) continue;
        if (state.addressAt > holding.since) {
          const userId = state.isPaired ? state.userId! : "";
          this.rows.push({ alias: number, since: state.addressAt, threadKey: key, userId });
          isChanged = true;
        } else {
          this.threads.set(key, yieldAddress(state, { address: number, newAddress: null, at: holding.since }, 0).state);
        }
      }
      if (!isChanged) return holding.threadKey === threadKey;
    }
  }

  #apply(threadKey: string, update: ChannelUpdate): string {
    const state = { ...(this.threads.get(threadKey) ?? newConversation({ threadKey } as ConversationState, 0)) };
    learnNames(state, update);
    this.threads.set(threadKey, state);
    return threadKey;
  }
}

const timeOf = (update: ChannelUpdate): number =>
  update.kind === "message" ? update.message.at : "at" in update ? (update.at ?? 0) : 0;

type Mode = "ids" | "numbers" | "arriving";

interface Person {
  number: string | null;
  ids: string[];
  hides: boolean;
  lastSeen: number;
}

/** The events of a history, in their order. `ids`: every message has a user id. `arriving`: only from the middle on. */
function history(next: () => number, mode: Mode): { updates: Delivered[]; people: Person[] } {
  const below = (n: number): number => Math.floor(next() * n);
  const numbers = ["+6281", "+551187654321", "+525512345678", "+541112345678"];
  const other: Record<string, string> = {
    "+551187654321": "+5511987654321",
    "+525512345678": "+5215512345678",
    "+541112345678": "+5491112345678",
  };
  const written = (number: string): string => (below(2) === 0 ? (other[number] ?? number) : number);
  const people: Person[] = Array.from({ length: 3 }, (_, i) => ({
    number: null,
    ids: [`ID.${i}`],
    hides: false,
    lastSeen: 0,
  }));
  const updates: Delivered[] = [];
  const length = 4 + below(14);
  let at = 1000;
  const hasIds = (): boolean => mode === "ids" || (mode === "arriving" && updates.length >= 6);
  for (let step = 0; updates.length < length && step < 200; step++) {
    at += 1000 * (1 + below(5));
    const who = below(people.length);
    const person = people[who]!;
    const owner = (number: string): number => people.findIndex((one) => one.number === number);
    const what = below(10);
    if (person.number === null || what < 2) {
      // To another number: said, with the ids or without, or not said.
      const number = numbers[below(numbers.length)]!;
      if (number === person.number) continue;
      const from = person.number;
      const previous = owner(number);
      // Without user ids nobody could know of a change that is not announced.
      const mustSay = mode !== "ids";
      if (previous >= 0 && (mustSay || below(2) === 0)) {
        if (mustSay) continue;
        people[previous]!.number = null;
      } else if (previous >= 0) continue;
      person.number = number;
      if (from !== null && (mustSay || below(3) > 0)) {
        const before = person.ids.at(-1)!;
        const changesId = hasIds() && below(2) === 0;
        if (changesId) person.ids.push(`${before}'`);
        updates.push({
          who,
          update: {
            kind: "address_changed",
            account: "1",
            externalId: `c${at}`,
            at,
            from: { address: written(from), ...(hasIds() && { userId: before }) },
            newAddress: written(number),
            ...(hasIds() && { newUserId: person.ids.at(-1)! }),
          },
        });
      }
      continue;
    }
    if (what === 2 && hasIds()) {
      person.hides = !person.hides;
      continue;
    }
    if (what === 3 && hasIds()) {
      const before = person.ids.at(-1)!;
      person.ids.push(`${before}'`);
      const update: ChannelUpdate = {
        kind: "address_changed",
        account: "1",
        externalId: `u${at}`,
        at,
        from: { userId: before },
        newUserId: person.ids.at(-1)!,
      };
      updates.push({ who, update });
      continue;
    }
    const isHidden = person.hides && hasIds();
    const party: Party = {
      ...(!isHidden && { address: written(person.number) }),
      ...(hasIds() && { userId: person.ids.at(-1)! }),
      name: `${who} at ${at}`,
    };
    if (what === 4)
      updates.push({
        who,
        update: { kind: "reaction", account: "1", from: party, externalId: `r${at}`, at, target: "m" },
      });
    else if (what === 5 && hasIds())
      updates.push({
        who,
        update: { kind: "status", account: "1", to: party, externalId: `s${at}`, status: "read", at },
      });
    else {
      const message = { externalId: `m${at}`, at, type: "text" as const, content: { text: "" } };
      updates.push({ who, update: { kind: "message", account: "1", from: party, message } });
      person.lastSeen = at;
    }
  }
  return { updates, people };
}

/** Twice and shuffled; in order where only numbers tell people apart. */
function deliveries(next: () => number, updates: Delivered[], mode: Mode): Delivered[] {
  if (mode !== "ids") return updates.flatMap((one) => (next() < 0.3 ? [one, one] : [one]));
  const all = next() < 0.5 ? [...updates, ...updates] : updates.flatMap((one) => (next() < 0.3 ? [one, one] : [one]));
  if (next() < 0.2) return all;
  return all
    .map((one) => ({ one, by: next() }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ one }) => one);
}

/** Which names deliveries have said to be one person's, and whether they were in one thread until then. */
class Pairs {
  readonly #parent = new Map<string, string>();
  find(name: string): string {
    const parent = this.#parent.get(name);
    return parent === undefined ? name : this.find(parent);
  }
  join(names: string[]): void {
    const [first, ...others] = names.map((name) => this.find(name));
    for (const other of others)
      if (other !== first && this.find(other) !== this.find(first!)) this.#parent.set(other, first!);
  }
}

function brief({ who, update }: Delivered): string {
  const { address, userId } = ("from" in update ? update.from : "to" in update ? update.to : {}) as Party;
  const to = update.kind === "address_changed" ? `-> ${update.newAddress} ${update.newUserId}` : "";
  return `${who} ${update.kind} @${timeOf(update)} ${address} ${userId} ${to}`;
}

function check(seed: number): void {
  const next = random(seed);
  const mode = (["ids", "ids", "numbers", "arriving"] as const)[Math.floor(next() * 4)]!;
  const { updates, people } = history(next, mode);
  const sequence = deliveries(next, updates, mode);
  const world = new World();
  const writers = new Map<string, Set<number>>();
  const threadsOfPair = new Map<string, Set<string>>();
  const pairs = new Pairs();
  const threadOfUpdate = new Map<ChannelUpdate, string>();
  const describe = (): string =>
    JSON.stringify(
      { seed, mode, sequence: sequence.map(brief), rows: world.rows.map((row) => Object.values(row).join(" ")) },
      null,
      1,
    );
  for (const { who, update } of sequence) {
    const threadKey = world.deliver(update);
    if (threadKey === undefined) continue;
    if ((threadOfUpdate.get(update) ?? threadKey) !== threadKey) throw new Error(`twice in two threads: ${describe()}`);
    threadOfUpdate.set(update, threadKey);
    const party = "from" in update ? update.from : "to" in update ? update.to : {};
    // Never two people in one thread.
    writers.set(threadKey, (writers.get(threadKey) ?? new Set()).add(who));
    if (writers.get(threadKey)!.size > 1)
      throw new Error(`two people in ${threadKey} by ${brief({ who, update })}: ${describe()}`);
    // Never one person in two threads, unless both threads were there before a delivery named the pair.
    const ids = [party.userId, update.kind === "address_changed" ? update.newUserId : undefined].filter(
      (id) => id !== undefined,
    );
    const names = ids.length > 0 ? ids : [`${who}`];
    const before = new Set(
      names.map((name) => pairs.find(name)).flatMap((root) => [...(threadsOfPair.get(root) ?? [])]),
    );
    pairs.join(mode === "ids" ? names : [...names, `${who}`]);
    const root = pairs.find(names[0]!);
    if (before.size > 0 && !before.has(threadKey))
      throw new Error(`one person in ${[...before].join(", ")} and ${threadKey}: ${describe()}`);
    threadsOfPair.set(root, before.add(threadKey));
  }
  // The answer goes to the right one: to a number only while it is that person's, as far as the deliveries tell. A
  // conversation does not keep when it was last told a number that it has by a reaction or a receipt.
  const seen = new Map<string, { who: number; at: number; kind: string }[]>();
  for (const { who, update } of sequence) {
    const party = "from" in update ? update.from : "to" in update ? update.to : {};
    const addresses = [party.address, update.kind === "address_changed" ? update.newAddress : undefined];
    for (const number of addresses.filter((address) => address !== undefined).map(nameOfAddress))
      seen.set(number, [...(seen.get(number) ?? []), { who, at: timeOf(update), kind: update.kind }]);
  }
  const isStrong = ({ kind }: { kind: string }): boolean => kind === "message" || kind === "address_changed";
  const holdersOf = (address: string): number[] => {
    const all = (seen.get(nameOfAddress(address)) ?? []).toSorted((one, other) => other.at - one.at);
    const strong = all.findIndex(isStrong);
    return all.slice(0, strong < 0 ? all.length : strong + 1).map(({ who }) => who);
  };
  for (const [threadKey, state] of world.threads) {
    const [who] = writers.get(threadKey)!;
    const answersTo = state.address;
    if (answersTo !== null && !holdersOf(answersTo).includes(who!))
      throw new Error(`${threadKey} answers to another's ${answersTo}: ${describe()}`);
    if (state.userId !== null && !people[who!]!.ids.includes(state.userId))
      throw new Error(`${threadKey} has another's id: ${describe()}`);
  }
  for (const [threadKey, state] of world.threads) {
    const [newest] = updates
      .map(({ update }) => update)
      .filter((update) => "from" in update && update.from.name && threadOfUpdate.get(update) === threadKey)
      .toSorted((a, b) => timeOf(b) - timeOf(a));
    if (newest && "from" in newest && state.profileName !== newest.from.name)
      throw new Error(`${threadKey} has an older name: ${describe()}`);
  }
  for (const who of people.keys()) {
    const last = updates.findLast((one) => one.who === who && one.update.kind === "message")?.update;
    if (last?.kind !== "message") continue;
    const state = world.threads.get(threadOfUpdate.get(last)!)!;
    const { address } = last.from;
    const isLatest = updates.findLast((one) => one.who === who && one.update.kind !== "status")!.update === last;
    if (isLatest && state.address === null && state.userId === null)
      throw new Error(`nowhere to answer ${who}: ${describe()}`);
    if (address === undefined || holdersOf(address).some((holder) => holder !== who)) continue;
    // A pair that was named too late has left two threads: one of them has the number.
    const isAnswered = [...world.threads].some(
      ([key, one]) =>
        writers.get(key)!.has(who) && one.address && nameOfAddress(one.address) === nameOfAddress(address),
    );
    const hasMoved = updates.some((one) => one.who === who && timeOf(one.update) > last.message.at);
    if (!hasMoved && !isAnswered) throw new Error(`${who} is not answered at ${address}: ${describe()}`);
  }
}

it(`keeps people apart, and each in one thread, in ${RUNS} histories`, { timeout: 600_000 }, () => {
  const first = Number(env.FUZZ_SEED);
  for (let run = 0; run < RUNS; run++) check(first * 1_000_003 + run);
});
