import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { ConversationFilters } from "../conversations/model";
import { savedViewNotFound } from "./problems";

export const SavedViewPath = idPath("saved view");

export const ViewName = z.string().trim().min(1).max(60);

export const SavedView = z
  .object({
    id: z.uuid(),
    name: ViewName,
    filter: ConversationFilters,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("SavedView");
export type SavedView = z.infer<typeof SavedView>;

export interface ViewRow {
  id: string;
  name: string;
  filter: string;
  created_at: number;
  updated_at: number;
}

export const toSavedView = (row: ViewRow): SavedView => ({
  id: row.id,
  name: row.name,
  filter: JSON.parse(row.filter) as SavedView["filter"],
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
});

/** The caller's own. Throws `saved_view_not_found`. */
export async function loadView(ctx: Ctx, id: string): Promise<SavedView> {
  const [row] = await ctx.db.query<ViewRow>(
    "SELECT id, name, filter, created_at, updated_at FROM saved_views WHERE org_id = ?1 AND id = ?2 AND agent_id = ?3",
    id,
    ctx.actor.id,
  );
  if (!row) throw savedViewNotFound();
  return toSavedView(row);
}
