import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { requireKnownFilter } from "../conversations/known-filter";
import { ConversationFilters } from "../conversations/model";
import { savedViewLimit } from "./problems";
import { SavedView, toSavedView, ViewName } from "./view-model";

const CreateView = z.strictObject({ name: ViewName, filter: ConversationFilters }).openapi("CreateSavedView");

const MAX_VIEWS = 50;

export default operation({
  id: "createSavedView",
  summary: "Save a view",
  description: "A list of conversations with its filters, for the caller alone.",
  body: CreateView,
  response: SavedView,
  status: 201,
  idempotent: "stored",
  problems: [savedViewLimit],
  handle: ({ ctx, body }) => createView(ctx, body),
});

export async function createView(ctx: Ctx, input: z.output<typeof CreateView>): Promise<SavedView> {
  const agentId = requireWriter(ctx);
  await requireKnownFilter(ctx, input.filter);
  const [id, now, filter] = [ctx.newId(), ctx.now(), JSON.stringify(input.filter)];
  const answer = toSavedView({ id, name: input.name, filter, created_at: now, updated_at: now });
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO saved_views (id, org_id, agent_id, name, filter, created_at, updated_at) SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?6
         WHERE (SELECT count(*) FROM saved_views WHERE org_id = ?1 AND agent_id = ?3) < ${MAX_VIEWS}`,
        id,
        agentId,
        input.name,
        filter,
        now,
      ),
    ],
    mustChange: () => savedViewLimit(`at most ${MAX_VIEWS}`),
    answer,
    status: 201,
  });
  return answer;
}
