import { effect } from "../../domain/effect";
import type { DomainEvent } from "../../domain/event";
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
