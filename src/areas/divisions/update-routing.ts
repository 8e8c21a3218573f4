import type { z } from "@hono/zod-openapi";
import { happened } from "../../domain/event";
import { changesBetween, commit, newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { getRoutingSettings } from "./get-routing";
import { RoutingSettings, UpdateRoutingSettings } from "./model";

export default operation({
  id: "updateRoutingSettings",
  summary: "Update routing settings",
  description: "Applies to conversations that customers reopen from now on.",
  body: UpdateRoutingSettings,
  response: RoutingSettings,
  handle: ({ ctx, body }) => updateRoutingSettings(ctx, body),
});

export async function updateRoutingSettings(
  ctx: Ctx,
  input: z.infer<typeof UpdateRoutingSettings>,
): Promise<RoutingSettings> {
  const before = await getRoutingSettings(ctx);
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  const after = { ...before, ...newValues(changes) };
  await commit(ctx, {
    write: [
      ctx.db.sql("UPDATE orgs SET reopen_to = ?2, updated_at = ?3 WHERE org_id = ?1", after.reopen_to, ctx.now()),
    ],
    events: [happened("organization.updated", ctx.orgId, changes)],
  });
  return after;
}
