import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { savedViewNotFound } from "./problems";
import { SavedViewPath } from "./view-model";

const Removed = z.object({ message: z.string(), saved_view_id: z.uuid() });

export default operation({
  id: "deleteSavedView",
  summary: "Delete a saved view",
  params: SavedViewPath,
  response: Removed,
  problems: [savedViewNotFound],
  handle: ({ ctx, params }) => removeView(ctx, params.id),
});

export async function removeView(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const agentId = requireWriter(ctx);
  const { meta } = await ctx.db
    .sql("DELETE FROM saved_views WHERE org_id = ?1 AND id = ?2 AND agent_id = ?3", id, agentId)
    .run();
  if (meta.changes === 0) throw savedViewNotFound();
  return { message: "saved view deleted", saved_view_id: id };
}
