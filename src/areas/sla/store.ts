import type { Ctx } from "../../kit/context";
import { POLICY_COLUMNS, type PolicyRow } from "./model";
import { policyNotFound } from "./problems";

export async function loadPolicy(ctx: Ctx, id: string): Promise<PolicyRow> {
  const [row] = await ctx.db.query<PolicyRow>(`SELECT ${POLICY_COLUMNS} FROM sla_policies WHERE org_id = ?1 AND id = ?2`, id);
  if (!row) throw policyNotFound();
  return row;
}

/** Before a row that is to be the default is written: there is one at most. */
export const noOtherDefault = (ctx: Ctx, id: string): D1PreparedStatement =>
  ctx.db.sql("UPDATE sla_policies SET is_default = 0, updated_at = ?3 WHERE org_id = ?1 AND is_default = 1 AND id <> ?2", id, ctx.now());
