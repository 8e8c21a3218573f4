import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { SavedView, toSavedView, type ViewRow } from "./view-model";

export default operation({
  id: "listSavedViews",
  summary: "List the caller's saved views",
  description: "Oldest first.",
  response: z.array(SavedView),
  handle: async ({ ctx }) => {
    const rows = await ctx.db.query<ViewRow>(
      "SELECT id, name, filter, created_at, updated_at FROM saved_views WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at, id",
      ctx.actor.id,
    );
    return rows.map(toSavedView);
  },
});
