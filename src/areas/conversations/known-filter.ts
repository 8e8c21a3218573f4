import type { Ctx } from "../../domain/context";
import { invalidRequest } from "../../kit/problem";

/** For filters that are kept: a reference must not leave the tenant. Throws `invalid_request` for an unknown id. */
export async function requireKnownFilter(
  ctx: Ctx,
  filter: Partial<Record<"account_id" | "division_id" | "assigned_agent_id", string[] | undefined>>,
): Promise<void> {
  const { account_id: accounts = [], division_id: divisions = [], assigned_agent_id: agents = [] } = filter;
  const ids = [...accounts, ...divisions, ...agents.filter((id) => id !== "me" && id !== "none")];
  if (ids.length === 0) return;
  const unknown = await ctx.db.query<{ id: string }>(
    `SELECT value AS id FROM json_each(?2) WHERE value NOT IN (
       SELECT id FROM divisions WHERE org_id = ?1 UNION ALL SELECT id FROM agents WHERE org_id = ?1
       UNION ALL SELECT id FROM integration_accounts WHERE org_id = ?1)`,
    JSON.stringify(ids),
  );
  if (unknown.length > 0) throw invalidRequest(`filter: ${unknown.map(({ id }) => id).join(", ")} is unknown`);
}
