import { type ActorRef, SYSTEM } from "./event";

/** An agent does not work any more. The agent's conversations are released in the name of the actor that decided it. */
export interface Departure {
  reason: "agent_suspended" | "agent_deleted";
  by: ActorRef;
}

/** From the columns of an agent who is not active. */
export const departureOf = (status: "suspended" | "deleted", statusBy: string | null): Departure => ({
  reason: `agent_${status}`,
  by: statusBy === null ? SYSTEM : (JSON.parse(statusBy) as ActorRef),
});
