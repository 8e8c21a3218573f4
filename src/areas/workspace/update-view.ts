import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { requireKnownFilter } from "../conversations/known-filter";
import { ConversationFilters } from "../conversations/model";
import { savedViewNotFound } from "./problems";
import { loadView, SavedView, SavedViewPath, ViewName } from "./view-model";

const UpdateView = z
  .strictObject({ name: ViewName.optional(), filter: ConversationFilters.optional() })
  .openapi("UpdateSavedView");

export default operation({
  id: "updateSavedView",
  summary: "Change a saved view",
  params: SavedViewPath,
  body: UpdateView,
  response: SavedView,
  problems: [savedViewNotFound],
  handle: ({ ctx, params, body }) => updateView(ctx, params.id, body),
});

/** A private matter of the agent, so the activity log does not record it. */
export async function updateView(ctx: Ctx, id: string, input: z.output<typeof UpdateView>): Promise<SavedView> {
  requireWriter(ctx);
  await requireKnownFilter(ctx, input.filter ?? {});
  const before = await loadView(ctx, id);
  const { name = before.name, filter = before.filter } = input;
  await commit(ctx, {
    write: [ctx.db.update("saved_views", { id }, { name, filter: JSON.stringify(filter), updated_at: ctx.now() })],
    mustChange: savedViewNotFound,
  });
  return { ...before, name, filter, updated_at: new Date(ctx.now()).toISOString() };
}
