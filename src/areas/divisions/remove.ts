import { z } from "@hono/zod-openapi";
import { allGone, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { withoutPoliciesOf } from "../sla/of-division";
import { weekInWords } from "../working-hours/week-in-words";
import { DivisionPath, toDivision } from "./model";
import { divisionNotFound } from "./problems";
import { forgetRoutes } from "../ingest/routes";
import { loadDivision, memberIdsOf, membershipChanged } from "./store";

const Removed = z.object({ message: z.string(), division_id: z.uuid() });

export default operation({
  id: "deleteDivision",
  summary: "Delete a division",
  description:
    "Its agents remain, without this division. Its channel accounts are left without a division. Its working hours and its own SLA policies are deleted. Its unresolved conversations lose their division within a minute.",
  params: DivisionPath,
  response: Removed,
  problems: [divisionNotFound],
  handle: ({ ctx, params }) => removeDivision(ctx, params.id),
});

export async function removeDivision(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const of = "WHERE org_id = ?1 AND division_id = ?2";
  const [division, members, accounts, hours, withoutPolicies] = await Promise.all([
    loadDivision(ctx, id),
    memberIdsOf(ctx, id),
    ctx.db.query<{ id: string }>(`SELECT id FROM integration_accounts ${of}`, id),
    weekInWords(ctx, id),
    withoutPoliciesOf(ctx, id),
  ]);
  const accountIds = accounts.map((account) => account.id);
  const { name, description, allocation_method, is_active } = toDivision(division);
  await commit(ctx, {
    write: [
      ctx.db.sql(`DELETE FROM division_agents ${of}`, id),
      ctx.db.sql(`UPDATE integration_accounts SET division_id = NULL, updated_at = ?3 ${of}`, id, ctx.now()),
      ctx.db.sql(`DELETE FROM working_hours ${of}`, id),
      ...withoutPolicies,
      ctx.db.sql("DELETE FROM divisions WHERE org_id = ?1 AND id = ?2", id),
      ctx.db.sql("INSERT OR IGNORE INTO deleted_divisions (org_id, id, deleted_at) VALUES (?1, ?2, ?3)", id, ctx.now()),
    ],
    activity: {
      action: "division.delete",
      entityType: "division",
      entityId: id,
      changes: {
        ...allGone({ name, description, allocation_method, is_active }),
        agent_ids: [members, []],
        account_ids: [accountIds, []],
        hours: [hours, []],
      },
    },
  });
  // A route that still names it does no harm: what comes in by it is taken out of the division like the rest.
  await ctx.control
    .prepare(
      "UPDATE channel_routes SET division_id = NULL WHERE org_id = ? AND division_id = ? AND account_id IN (SELECT value FROM json_each(?))",
    )
    .bind(ctx.orgId, id, JSON.stringify(accountIds))
    .run();
  forgetRoutes();
  await membershipChanged(ctx, members);
  return { message: "division deleted", division_id: id };
}
