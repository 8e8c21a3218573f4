import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { requireSession } from "../auth/require-session";
import { Preferences, preferencesOf, UpdatePreferences } from "./preferences";

export default operation({
  id: "updatePreferences",
  summary: "Change the caller's preferences",
  description: "Fields that are not given keep their values.",
  body: UpdatePreferences,
  response: Preferences,
  handle: ({ ctx, body }) => updatePreferences(ctx, body),
});

/** A private matter of the agent, so the activity log does not record it. */
export async function updatePreferences(ctx: Ctx, input: z.output<typeof UpdatePreferences>): Promise<Preferences> {
  const agentId = requireSession(ctx);
  // Merged by the database, so that two devices that change two fields both succeed.
  await ctx.db
    .sql(
      `INSERT INTO agent_preferences (org_id, agent_id, chosen, updated_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET chosen = json_patch(chosen, excluded.chosen), updated_at = excluded.updated_at`,
      agentId,
      JSON.stringify(input),
      ctx.now(),
    )
    .run();
  return preferencesOf(ctx);
}
