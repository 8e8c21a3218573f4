import { effect } from "../../domain/effect";
import type { DomainEvent } from "../../domain/event";
import { insertRows } from "../../kit/rows";
import { wakeRouting } from "../../objects";

/** True if an agent lost a conversation and thus may take another one. */
const freesCapacity = ({ type, data }: DomainEvent): boolean =>
  type === "conversation.resolved" ||
  type === "conversation.unassigned" ||
  (type === "conversation.assigned" && data?.["from_agent_id"] !== null);

/** True if the conversation may have entered a queue; `waitingSince` tells whether it waits. */
const entersQueue = ({ type }: DomainEvent): boolean =>
  type === "conversation.created" ||
  type === "conversation.reopened" ||
  type === "conversation.unassigned" ||
  type === "conversation.transferred";

/** Wakes allocation when a conversation has entered a queue or an agent's capacity was freed. Writes no rows. */
export const routing = effect<{ conversation_id: string }>({
  name: "routing",
  fromConversation: ({ state, events }) =>
    events.some((event) => freesCapacity(event) || (state.waitingSince !== null && entersQueue(event)))
      ? [{ conversation_id: state.id }]
      : [],
  wake: wakeRouting,
});

interface Reopening {
  reopened_at: number;
  conversation_id: string;
  cycle: number;
  agent_id: string;
}

const REOPENINGS = insertRows("reopenings", ["reopened_at", "conversation_id", "cycle", "agent_id"], {
  or: "OR IGNORE",
});

/** Has allocation decide whether the last agent keeps a conversation that its customer has reopened. */
export const reopenings = effect<Reopening>({
  name: "reopenings",
  fromConversation: ({ state, events }) =>
    events.flatMap(({ type, actor, at, facts, data }) =>
      type === "conversation.reopened" &&
      actor.kind === "customer" &&
      data?.["cycle"] === state.cycle &&
      // The agent who had it then and has it still.
      facts?.agentId != null &&
      facts.agentId === state.assignedAgentId &&
      state.firstAnsweredAt === null
        ? [{ reopened_at: at, conversation_id: state.id, cycle: state.cycle, agent_id: facts.agentId }]
        : [],
    ),
  statements: (db, rows) => [db.sql(REOPENINGS, JSON.stringify(rows))],
  wake: wakeRouting,
});
