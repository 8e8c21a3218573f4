import { effect } from "../../domain/effect";
import type { DomainEvent } from "../../domain/event";
import { wakeRouting } from "../../objects";

/** An agent has one conversation less, and so room for another. */
const freesCapacity = ({ type, data }: DomainEvent): boolean =>
  type === "conversation.resolved" ||
  type === "conversation.unassigned" ||
  (type === "conversation.assigned" && data?.["from_agent_id"] !== null);

const entersQueue = ({ type }: DomainEvent): boolean =>
  type === "conversation.created" ||
  type === "conversation.reopened" ||
  type === "conversation.unassigned" ||
  type === "conversation.transferred";

/** Wakes allocation when a conversation has come to wait in a queue, or an agent may take one more. Writes nothing. */
export const routing = effect<{ conversation_id: string }>({
  name: "routing",
  fromConversation: ({ state, events }) =>
    events.some((event) => freesCapacity(event) || (state.waitingSince !== null && entersQueue(event)))
      ? [{ conversation_id: state.id }]
      : [],
  wake: wakeRouting,
});
