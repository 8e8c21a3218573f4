import type { Ctx } from "../../domain/context";
import { doEach, sweep } from "../../kit/sweep";
import { commandConversation } from "./command";

const CONCURRENCY = 10;

/** Unassigns the open conversations of suspended and deleted agents. */
export const unassignInactiveAgents = sweep({
  name: "unassigned",
  long: true,
  // Starts from agents with a load: a resolved conversation of a deleted agent can reopen at any time.
  due: `SELECT c.id, c.org_id, o.country FROM agents a INDEXED BY idx_agents_inactive
    CROSS JOIN gauges l ON l.org_id = a.org_id AND l.scope = 'agent' AND l.scope_id = a.id AND l.open + l.pending > 0
    CROSS JOIN conversations c INDEXED BY idx_conversations_live_agent ON c.org_id = a.org_id AND c.assigned_agent_id = a.id AND c.status <> 'resolved'
    JOIN orgs o ON o.org_id = a.org_id WHERE a.status <> 'active'`,
  work: (ctx: Ctx, ids) =>
    doEach(ids, CONCURRENCY, (id) => commandConversation(ctx, id, { kind: "assign", agentId: null }), {
      event: "agent_not_unassigned",
      ids: (id) => ({ conversation_id: id }),
    }),
});
