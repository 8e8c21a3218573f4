import { activityStatement } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { POLICY_COLUMNS, type PolicyRow } from "./model";
import { policyDeleted } from "./store";
import { slaSettingsChanged } from "./version";

/** A part of the batch that deletes a division: the policies that are for it alone fit nothing any more. */
export async function withoutPoliciesOf(ctx: Ctx, divisionId: string): Promise<D1PreparedStatement[]> {
  const of = "FROM sla_policies WHERE org_id = ?1 AND division_id = ?2";
  const policies = await ctx.db.query<PolicyRow>(`SELECT ${POLICY_COLUMNS} ${of}`, divisionId);
  if (policies.length === 0) return [];
  return [
    ctx.db.sql(`DELETE ${of}`, divisionId),
    slaSettingsChanged(ctx, "policy"),
    ...policies.map((row) => activityStatement(ctx, policyDeleted(row))),
  ];
}
