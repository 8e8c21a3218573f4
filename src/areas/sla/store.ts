import type { Ctx } from "../../kit/context";
import { divisionUnknown } from "../conversations/problems";
import { POLICY_COLUMNS, type PolicyRow } from "./model";
import { policyNotFound } from "./problems";

export async function loadPolicy(ctx: Ctx, id: string): Promise<PolicyRow> {
  const [row] = await ctx.db.query<PolicyRow>(`SELECT ${POLICY_COLUMNS} FROM sla_policies WHERE org_id = ?1 AND id = ?2`, id);
  if (!row) throw policyNotFound();
  return row;
}

export async function requireKnownDivision(ctx: Ctx, id: string | null): Promise<void> {
  if (id === null || (await ctx.db.query("SELECT 1 FROM divisions WHERE org_id = ?1 AND id = ?2", id))[0]) return;
  throw divisionUnknown(undefined, { errors: [{ field: "division_id", message: "no such division" }] });
}

/** Before a row that is to be the default is written: there is one at most. */
export const noOtherDefault = (ctx: Ctx, id: string): D1PreparedStatement =>
  ctx.db.sql("UPDATE sla_policies SET is_default = 0, updated_at = ?3 WHERE org_id = ?1 AND is_default = 1 AND id <> ?2", id, ctx.now());
