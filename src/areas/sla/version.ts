import type { Ctx } from "../../domain/context";

/**
 * A part of the batch that changes a policy, the working hours or the timezone: every clock that still runs was computed by an older
 * version from here on, and is computed anew (settle.ts). Without a policy there are no clocks to compute: only one of those begins to count.
 */
export const slaSettingsChanged = (ctx: Ctx, by: "policy" | "hours" = "hours"): D1PreparedStatement =>
  ctx.db.sql(
    `UPDATE orgs SET sla_version = sla_version + 1 WHERE org_id = ?1${by === "policy" ? "" : " AND sla_version > 0"}`,
  );
