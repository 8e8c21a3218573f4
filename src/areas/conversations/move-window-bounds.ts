import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";
import { outdatedBoundsSql } from "./due-windows";

/** Moves `window_since` up to the customer's last message once a window seems about to close. Messages do not write it. */
export const moveWindowBounds = sweep({
  name: "window_bounds",
  due: outdatedBoundsSql("?1", "o.status = 'active'"),
  work: async (ctx: Ctx, ids) => {
    const { meta } = await ctx.db
      .sql(
        "UPDATE conversations SET window_since = last_inbound_at WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND window_since < last_inbound_at",
        JSON.stringify(ids),
      )
      .run();
    return meta.changes;
  },
});
