import type { Ctx } from "../../domain/context";
import { effect } from "../../domain/effect";
import { happened } from "../../domain/event";
import { fieldOf, ROWS } from "../../kit/rows";
import { forgetRoutes } from "./routes";

/** Clears the deleted division of its accounts, and of their routes in the control database. */
export const accountsOfDivision = effect<{ division_id: string; at: number }>({
  name: "integration_accounts",
  fromEntity: ({ type, entityId, at }) => (type === "division.deleted" ? [{ division_id: entityId, at }] : undefined),
  leadsTo: ({ type, entityId }) =>
    type === "division.deleted"
      ? async (db) =>
          (
            await db.query<{ id: string }>(
              "SELECT id FROM integration_accounts WHERE org_id = ?1 AND division_id = ?2",
              entityId,
            )
          ).map(({ id }) => happened("account.updated", id, { division_id: [entityId, null] }))
      : undefined,
  statements: (db, rows) => [
    db.sql(
      `UPDATE integration_accounts SET division_id = NULL, updated_at = ${fieldOf("at")}
       FROM ${ROWS} WHERE integration_accounts.org_id = ?1 AND integration_accounts.division_id = ${fieldOf("division_id")}`,
      JSON.stringify(rows),
    ),
  ],
  deliver: ({ type, entityId }) => (type === "division.deleted" ? (ctx) => clearRoutes(ctx, entityId) : undefined),
});

async function clearRoutes(ctx: Ctx, divisionId: string): Promise<void> {
  await ctx.control
    .prepare("UPDATE channel_routes SET division_id = NULL WHERE org_id = ? AND division_id = ?")
    .bind(ctx.orgId, divisionId)
    .run();
  forgetRoutes();
}
