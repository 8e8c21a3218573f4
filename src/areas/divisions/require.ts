import type { Ctx } from "../../domain/context";
import { divisionNotFound, divisionUnknown } from "./problems";

/** Whether the division exists in this organization. A reference must not leave the tenant. */
const exists = async (ctx: Ctx, id: string): Promise<boolean> =>
  (await ctx.db.query("SELECT 1 FROM divisions WHERE org_id = ?1 AND id = ?2", id)).length > 0;

/** For a division in a path. Throws `division_not_found` unless it exists. */
export async function requireDivision(ctx: Ctx, id: string): Promise<void> {
  if (!(await exists(ctx, id))) throw divisionNotFound();
}

/** For an optional division in a body. Throws `division_unknown` if it is given and does not exist. */
export async function requireKnownDivision(ctx: Ctx, id: string | null | undefined): Promise<void> {
  if (id != null && !(await exists(ctx, id)))
    throw divisionUnknown(undefined, { errors: [{ field: "division_id", message: "the division does not exist" }] });
}
