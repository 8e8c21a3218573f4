/** Allocation: which agent gets which waiting conversation. Pure. */

interface Candidate {
  agentId: string;
  /** The agent's conversations that are not resolved. */
  load: number;
  /** How many more conversations the agent takes; Infinity without a capacity. */
  room: number;
}

/** The queue of a division, with the agents who can be given something. */
export interface Queue {
  divisionId: string;
  method: "round_robin" | "least_busy";
  candidates: Candidate[];
}

/** A conversation that waits in a queue. */
export interface Waiting {
  id: string;
  divisionId: string;
  /** Milliseconds. */
  since: number;
  /** The agent who has just given it up. */
  notFor: string | null;
}

export interface Grant {
  conversationId: string;
  divisionId: string;
  agentId: string;
}

/** By division and agent: the number of the turn in which the agent was last given something there. */
export type Turns = Map<string, Record<string, number>>;

/**
 * Gives what waits, in the order in which it stands here, to whoever is to have it: by round robin to the one whose last turn in the
 * division is the longest ago, by least busy to the one who has the fewest, and of those to whoever's turn it is. An agent's room is
 * one over all divisions. What nobody has room for is left, also whose queue is none any more, and so is what only the one could have who has just given it up.
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
    const place = ({ agentId, load }: Queue["candidates"][number]): [number, number, string] => [
      method === "least_busy" ? load + (given.get(agentId) ?? 0) : 0,
      after.get(divisionId)?.[agentId] ?? 0,
      agentId,
    ];
    const next = candidates
      .filter(({ agentId, room }) => agentId !== notFor && room > (given.get(agentId) ?? 0))
      .map(place)
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

/** The agent's turn is the last one now. */
export function takeTurn(turns: Turns, divisionId: string, agentId: string): void {
  const ofAgents = turns.get(divisionId) ?? {};
  turns.set(divisionId, { ...ofAgents, [agentId]: Math.max(0, ...Object.values(ofAgents)) + 1 });
}

function comesBefore(a: [number, number, string], b: [number, number, string]): boolean {
  const i = a.findIndex((value, k) => value !== b[k]);
  return i !== -1 && a[i]! < b[i]!;
}
