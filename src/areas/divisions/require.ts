import type { Ctx } from "../../domain/context";
import { divisionNotFound, divisionUnknown } from "./problems";

/** Whether the division is of this organization: another's id would be a reference out of the tenant. */
const exists = async (ctx: Ctx, id: string): Promise<boolean> =>
  (await ctx.db.query("SELECT 1 FROM divisions WHERE org_id = ?1 AND id = ?2", id)).length > 0;

/** Throws unless there is a division of this id: for one that the call's path names. */
export async function requireDivision(ctx: Ctx, id: string): Promise<void> {
  if (!(await exists(ctx, id))) throw divisionNotFound();
}

/** Throws unless there is a division of this id, if one is given: for one that the call's body names. */
export async function requireKnownDivision(ctx: Ctx, id: string | null | undefined): Promise<void> {
  if (id != null && !(await exists(ctx, id)))
    throw divisionUnknown(undefined, { errors: [{ field: "division_id", message: "the division does not exist" }] });
}
