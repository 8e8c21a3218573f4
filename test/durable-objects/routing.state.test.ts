import fc from "fast-check";
import { expect, it } from "vitest";
import { SYSTEM } from "../../src/domain/event";
import {
  allocate,
  type Grant,
  notKept,
  type Queue,
  REOPEN_TO,
  type Reopened,
  takeTurn,
  type Turns,
  type Waiting,
} from "../../src/domain/routing";

const queue = (
  divisionId: string,
  method: Queue["method"],
  candidates: [agentId: string, load: number, room: number][],
): Queue => ({
  divisionId,
  method,
  candidates: candidates.map(([agentId, load, room]) => ({ agentId, load, room })),
});
const waiting = (...divisionIds: string[]): Waiting[] =>
  divisionIds.map((divisionId, i) => ({ id: `c${i}`, divisionId, since: i, notFor: null }));
const agents = (grants: Grant[]): string => grants.map((grant) => grant.agentId).join("");

it("goes round, from where it was", () => {
  const queues = [
    queue("d", "round_robin", [
      ["a", 9, 99],
      ["b", 0, 99],
      ["c", 0, 99],
    ]),
  ];
  const turns: Turns = new Map();
  expect(agents(allocate(queues, waiting("d", "d", "d", "d"), turns))).toBe("abca");
  takeTurn(turns, "d", "a");
  takeTurn(turns, "d", "b");
  expect(agents(allocate(queues, waiting("d", "d"), turns))).toBe("ca");
  // Planning took nobody's turn: only what was given does.
  expect(agents(allocate(queues, waiting("d"), turns))).toBe("c");
});

it("gives to whoever has the fewest, and of equals to whoever's turn it is", () => {
  const queues = [
    queue("d", "least_busy", [
      ["a", 3, 99],
      ["b", 1, 99],
      ["c", 1, 99],
    ]),
  ];
  expect(agents(allocate(queues, waiting("d", "d", "d", "d", "d", "d"), new Map([["d", { b: 5 }]])))).toBe("cbcbac");
});

it("shares an agent's room between divisions, the oldest first, and leaves what nobody has room for", () => {
  const queues = [
    queue("d", "round_robin", [["a", 0, 2]]),
    queue("e", "least_busy", [
      ["a", 0, 2],
      ["b", 7, 1],
    ]),
  ];
  const grants = allocate(queues, waiting("e", "d", "d", "e", "e"), new Map());
  expect(grants.map((grant) => `${grant.conversationId}${grant.agentId}`)).toEqual(["c0a", "c1a", "c3b"]);
});

it("passes over who has just given it up, and gives them the rest", () => {
  const queues = [
    queue("d", "round_robin", [
      ["a", 0, 2],
      ["b", 0, 1],
    ]),
  ];
  const rows = waiting("d", "d", "d").map((row, i) => ({ ...row, notFor: i < 2 ? "a" : null }));
  expect(allocate(queues, rows, new Map()).map((grant) => `${grant.conversationId}${grant.agentId}`)).toEqual([
    "c0b",
    "c2a",
  ]);
});

it("never gives beyond room, gives all that somebody has room for, and spreads within one", () => {
  const candidate = fc.record({
    agentId: fc.constantFrom("a", "b", "c", "d", "e"),
    load: fc.nat(5),
    room: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Infinity)),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(candidate, { minLength: 1, selector: (c) => c.agentId }),
      fc.constantFrom<Queue["method"]>("round_robin", "least_busy"),
      fc.nat(40),
      (candidates, method, n) => {
        const grants = allocate(
          [{ divisionId: "d", method, candidates }],
          waiting(...Array.from({ length: n }, () => "d")),
          new Map(),
        );
        const given = (agentId: string): number => grants.filter((grant) => grant.agentId === agentId).length;
        expect(grants).toHaveLength(
          Math.min(
            n,
            candidates.reduce((sum, { room }) => sum + room, 0),
          ),
        );
        expect(grants.map((grant) => grant.conversationId)).toEqual(grants.map((_, i) => `c${i}`));
        for (const { agentId, room } of candidates) expect(given(agentId)).toBeLessThanOrEqual(room);
        // No agent with room left is more than one ahead of another, in turns or in load.
        const free = candidates.filter(({ agentId, room }) => given(agentId) < room);
        const figures = free.map(({ agentId, load }) =>
          method === "round_robin" ? given(agentId) : load + given(agentId),
        );
        if (method === "round_robin")
          expect(Math.max(...figures, 0) - Math.min(...figures, Infinity)).toBeLessThanOrEqual(1);
        else
          for (const { agentId, load } of free)
            if (given(agentId) > 0) expect(load + given(agentId) - Math.min(...figures)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 300 },
  );
});

const reopened = (conversationId: string, more: Partial<Reopened> = {}): Reopened => ({
  conversationId,
  cycle: 2,
  reopenedAt: 0,
  agentId: "a",
  isStale: false,
  reopenTo: "last_agent_if_online",
  departure: null,
  isOnline: true,
  excess: 0,
  ...more,
});
const lost = (list: readonly Reopened[]): string[] =>
  notKept(list)
    .map((one) => one.conversationId)
    .toSorted();

it("leaves a reopened conversation with its last agent if the setting and the agent allow it", () => {
  const kept = (more: Partial<Reopened>): (typeof REOPEN_TO)[number][] =>
    REOPEN_TO.filter((reopenTo) => lost([reopened("1", { reopenTo, ...more })]).length === 0);
  expect(kept({})).toEqual(["last_agent_if_online", "last_agent"]);
  expect(kept({ isOnline: false })).toEqual(["last_agent"]);
  expect(kept({ excess: 1 })).toEqual(["last_agent"]);
  const departure = { reason: "agent_deleted", by: SYSTEM } as const;
  expect(kept({ departure })).toEqual([]);
  expect(kept({ departure, isStale: true })).toEqual([...REOPEN_TO]);
});

it("takes from an agent with too many the latest, not counting what others have taken", () => {
  const list = ["1", "2", "3", "4"].map((id) => reopened(id, { excess: 2 }));
  expect(lost(list)).toEqual(["3", "4"]);
  expect(lost([...list.slice(0, 3), reopened("4", { excess: 2, isStale: true })])).toEqual(["2", "3"]);
  expect(lost([...list, reopened("5", { agentId: "b" })])).toEqual(["3", "4"]);
  expect(lost(list.map((one) => ({ ...one, excess: 9 })))).toEqual(["1", "2", "3", "4"]);
});
