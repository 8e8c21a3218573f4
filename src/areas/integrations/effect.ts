import type { Ctx } from "../../domain/context";
import { effect } from "../../domain/effect";
import { type EntityEvent, happened } from "../../domain/event";
import { uuidV7 } from "../../kit/id";
import { activityStatement, entityActivity } from "../activity-logs/effect";
import { forgetRoutes } from "./routes";

/** Clears the deleted division of its accounts, and of their routes in the control database. */
export const accountsOfDivision = effect<EntityEvent>({
  name: "integration_accounts",
  fromEntity: (event) => (event.type === "division.deleted" ? [event] : undefined),
  statements: async (db, [deleted]) => {
    const { entityId: divisionId, at, actor } = deleted!;
    const accounts = await db.query<{ id: string }>(
      "SELECT id FROM integration_accounts WHERE org_id = ?1 AND division_id = ?2",
      divisionId,
    );
    if (accounts.length === 0) return [];
    const activities = accounts.map(({ id }) => {
      const event = happened("account.updated", id, { division_id: [divisionId, null] });
      return entityActivity({ ...event, id: uuidV7(at), at, actor })!;
    });
    return [
      db.sql(
        "UPDATE integration_accounts SET division_id = NULL, updated_at = ?3 WHERE org_id = ?1 AND division_id = ?2",
        divisionId,
        at,
      ),
      activityStatement(db, activities),
    ];
  },
  deliver: ({ type, entityId }) => (type === "division.deleted" ? (ctx) => clearRoutes(ctx, entityId) : undefined),
});

async function clearRoutes(ctx: Ctx, divisionId: string): Promise<void> {
  await ctx.control
    .prepare("UPDATE channel_routes SET division_id = NULL WHERE org_id = ? AND division_id = ?")
    .bind(ctx.orgId, divisionId)
    .run();
  forgetRoutes();
}
