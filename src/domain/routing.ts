/** Allocation: assigns waiting conversations to agents, and decides who has reopened ones. Pure. */

import type { Departure } from "./departure";

interface Candidate {
  agentId: string;
  /** Number of the agent's unresolved conversations. */
  load: number;
  /** Number of further conversations that the agent may get; Infinity without a capacity. */
  room: number;
}

/** The queue of a division, with the agents who may get conversations. */
export interface Queue {
  divisionId: string;
  method: "round_robin" | "least_busy";
  candidates: Candidate[];
}

/** A conversation in a queue. */
export interface Waiting {
  id: string;
  divisionId: string;
  /** Milliseconds since 1970. */
  since: number;
  /** The agent who has just given it up. */
  notFor: string | null;
}

export interface Grant {
  conversationId: string;
  divisionId: string;
  agentId: string;
}

/** Which agent has a conversation that its customer reopens. */
export const REOPEN_TO = ["last_agent_if_online", "queue", "last_agent"] as const;

/** A conversation that its customer reopened. Its last agent has it until this is decided. */
export interface Reopened {
  conversationId: string;
  cycle: number;
  /** Milliseconds since 1970. */
  reopenedAt: number;
  agentId: string;
  /** Somebody has moved or resolved it meanwhile. */
  isStale: boolean;
  reopenTo: (typeof REOPEN_TO)[number];
  /** The agent does not work any more; null: the agent does. */
  departure: Departure | null;
  isOnline: boolean;
  /** The number of conversations that the agent has beyond the capacity. */
  excess: number;
}

/**
 * The conversations that their last agents do not keep. `reopened`: the oldest first. An agent with too many keeps the
 * oldest. An agent who is suspended or gone keeps none, whatever the setting.
 */
export function notKept(reopened: readonly Reopened[]): Reopened[] {
  const lost = new Map<string, number>();
  return reopened.toReversed().filter(({ agentId, isStale, reopenTo, departure, isOnline, excess }) => {
    const n = lost.get(agentId) ?? 0;
    const isFree = reopenTo === "last_agent" || (reopenTo === "last_agent_if_online" && isOnline && excess <= n);
    if (isStale || (departure === null && isFree)) return false;
    lost.set(agentId, n + 1);
    return true;
  });
}

/** By division and agent: the number of the agent's last turn in the division; higher is later. */
export type Turns = Map<string, Record<string, number>>;

/**
 * Assigns waiting conversations in the given order. Round robin chooses the agent whose last turn in the division is
 * the longest ago; least busy chooses the agent with the fewest conversations, and among equals the longest ago. An
 * agent's room is shared by all divisions. A conversation is skipped if its division has no queue or if no agent has
 * room, apart from the one who has just given it up.
 */
export function allocate(queues: readonly Queue[], waiting: readonly Waiting[], turns: Turns): Grant[] {
  const byDivision = new Map(queues.map((queue) => [queue.divisionId, queue]));
  const given = new Map<string, number>();
  const after = new Map([...turns].map(([divisionId, ofAgents]) => [divisionId, { ...ofAgents }]));
  const grants: Grant[] = [];
  for (const { id: conversationId, divisionId, notFor } of waiting) {
    const queue = byDivision.get(divisionId);
    if (!queue) continue;
    const { method, candidates } = queue;
    const rankOf = ({ agentId, load }: Queue["candidates"][number]): [number, number, string] => [
      method === "least_busy" ? load + (given.get(agentId) ?? 0) : 0,
      after.get(divisionId)?.[agentId] ?? 0,
      agentId,
    ];
    const next = candidates
      .filter(({ agentId, room }) => agentId !== notFor && room > (given.get(agentId) ?? 0))
      .map(rankOf)
      .reduce<[number, number, string] | undefined>(
        (best, one) => (best && !comesBefore(one, best) ? best : one),
        undefined,
      );
    if (!next) continue;
    const agentId = next[2];
    grants.push({ conversationId, divisionId, agentId });
    given.set(agentId, (given.get(agentId) ?? 0) + 1);
    takeTurn(after, divisionId, agentId);
  }
  return grants;
}

/** Records that the agent had the division's latest turn. */
export function takeTurn(turns: Turns, divisionId: string, agentId: string): void {
  const ofAgents = turns.get(divisionId) ?? {};
  turns.set(divisionId, { ...ofAgents, [agentId]: Math.max(0, ...Object.values(ofAgents)) + 1 });
}

function comesBefore(a: [number, number, string], b: [number, number, string]): boolean {
  const i = a.findIndex((value, k) => value !== b[k]);
  return i !== -1 && a[i]! < b[i]!;
}
