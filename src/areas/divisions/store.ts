import { inboxOf, wakeRouting } from "../../objects";
import type { Ctx } from "../../domain/context";
import { AGENT_COLUMNS, type AgentPublic, type AgentRow, toAgentPublic } from "../agents/model";
import { forgetCredentials } from "../access/authenticate";
import { DIVISION_COLUMNS, type DivisionRow } from "./model";
import { divisionNotFound } from "./problems";

/** Throws `division_not_found`. */
export async function loadDivision(ctx: Ctx, id: string): Promise<DivisionRow> {
  const [row] = await ctx.db.query<DivisionRow>(
    `SELECT ${DIVISION_COLUMNS} FROM divisions WHERE org_id = ?1 AND id = ?2`,
    id,
  );
  if (!row) throw divisionNotFound();
  return row;
}

const MEMBERS = "SELECT agent_id FROM division_agents WHERE org_id = ?1 AND division_id = ?2";

/**
 * The division's agents by name. The + keeps SQLite from an index on org_id, which would read all agents of the tenant.
 */
export async function membersOf(ctx: Ctx, id: string): Promise<AgentPublic[]> {
  const rows = await ctx.db.query<AgentRow>(
    `SELECT ${AGENT_COLUMNS} WHERE +a.org_id = ?1 AND a.id IN (${MEMBERS}) AND a.status <> 'deleted' ORDER BY a.full_name, a.id`,
    id,
  );
  return rows.map(toAgentPublic);
}

export async function memberIdsOf(ctx: Ctx, id: string): Promise<string[]> {
  return (await ctx.db.query<{ agent_id: string }>(MEMBERS, id)).map((row) => row.agent_id);
}

/**
 * Applies a change of these agents' memberships: clears cached credentials, closes the agents' sockets so that they
 * reconnect with the new visibility, and wakes allocation.
 */
export async function applyMembershipChange(ctx: Ctx, agentIds: readonly string[]): Promise<void> {
  forgetCredentials();
  ctx.background(wakeRouting(ctx));
  await inboxOf(ctx).revoke({ agentIds });
}
