import { allGone } from "../../kit/commit";
import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { POLICY_COLUMNS, type PolicyRow, toPolicy } from "./model";
import { policyNotFound } from "./problems";

export async function loadPolicy(ctx: Ctx, id: string): Promise<PolicyRow> {
  const [row] = await ctx.db.query<PolicyRow>(
    `SELECT ${POLICY_COLUMNS} FROM sla_policies WHERE org_id = ?1 AND id = ?2`,
    id,
  );
  if (!row) throw policyNotFound();
  return row;
}

/** Clears the previous default policy. Runs before the statement that sets a new one, since there may be only one. */
export const noOtherDefault = (ctx: Ctx, id: string): D1PreparedStatement =>
  ctx.db.sql(
    "UPDATE sla_policies SET is_default = 0, updated_at = ?3 WHERE org_id = ?1 AND is_default = 1 AND id <> ?2",
    id,
    ctx.now(),
  );

/** The event of a deleted policy, with all its fields. */
export function policyDeleted(row: PolicyRow): ReturnType<typeof happened> {
  const { id, created_at: _, updated_at: __, ...fields } = toPolicy(row);
  return happened("sla_policy.deleted", id, allGone(fields));
}
