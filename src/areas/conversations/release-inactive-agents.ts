import type { Actor, Ctx } from "../../domain/context";
import { departureOf } from "../../domain/departure";
import type { ActorRef } from "../../domain/event";
import { type DueRow, doEach, sweep } from "../../kit/sweep";
import { commandConversation } from "./command";

const CONCURRENCY = 10;

interface Inactive extends DueRow {
  agent_id: string;
  status: "suspended" | "deleted";
  status_by: string | null;
}

/**
 * Releases the open conversations of suspended and deleted agents, in the name of the actor that suspended or deleted
 * the agent: so the activity log has it.
 */
export const releaseInactiveAgents = sweep({
  name: "unassigned",
  long: true,
  // Starts from agents with a load: a resolved conversation of a deleted agent can reopen at any time.
  due: `SELECT c.id, c.org_id, o.country, a.id AS agent_id, a.status, a.status_by FROM agents a INDEXED BY idx_agents_inactive
    CROSS JOIN gauges l ON l.org_id = a.org_id AND l.scope = 'agent' AND l.scope_id = a.id AND l.open + l.pending > 0
    CROSS JOIN conversations c INDEXED BY idx_conversations_live_agent ON c.org_id = a.org_id AND c.assigned_agent_id = a.id AND c.status <> 'resolved'
    JOIN orgs o ON o.org_id = a.org_id WHERE a.status <> 'active'`,
  work: (ctx: Ctx, _ids, rows: readonly Inactive[]) =>
    doEach(
      rows,
      CONCURRENCY,
      ({ id, agent_id: agentId, status, status_by: by }) => {
        const departure = departureOf(status, by);
        const command = { kind: "leave_agent", agentId, reason: departure.reason } as const;
        return commandConversation(inTheNameOf(ctx, departure.by), id, command);
      },
      { event: "agent_not_unassigned", ids: ({ id }) => ({ conversation_id: id }) },
    ),
});

/** The system's context with another actor, who need not see the conversation. */
const inTheNameOf = (ctx: Ctx, { kind, id }: ActorRef): Ctx =>
  Object.assign(Object.create(null) as object, ctx, {
    actor: { ...ctx.actor, kind: kind as Actor["kind"], id } satisfies Actor,
  });
