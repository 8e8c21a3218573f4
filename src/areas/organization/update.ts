import { z } from "@hono/zod-openapi";
import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changesBetween, commit } from "../../kit/commit";
import { getOrganization } from "./get";
import { OrganizationName, OrganizationSettings } from "./model";

const UpdateOrganization = z.strictObject({ name: OrganizationName.optional() }).openapi("UpdateOrganization");

export default operation({
  id: "updateOrganization",
  summary: "Rename the organization",
  description: "Messages that were sent keep the name that they had. The slug stays, so addresses of public pages do.",
  body: UpdateOrganization,
  response: OrganizationSettings,
  handle: ({ ctx, body }) => updateOrganization(ctx, body),
});

export async function updateOrganization(
  ctx: Ctx,
  { name }: z.output<typeof UpdateOrganization>,
): Promise<OrganizationSettings> {
  const before = await getOrganization(ctx);
  if (name === undefined) return before;
  // The deployment's own list. First, since a call that is repeated after a failure changes nothing else.
  await ctx.control.prepare("UPDATE organizations SET name = ?2 WHERE id = ?1").bind(ctx.orgId, name).run();
  const changes = changesBetween({ name: before.name }, { name });
  if (Object.keys(changes).length === 0) return before;
  await commit(ctx, {
    write: [ctx.db.sql("UPDATE orgs SET name = ?2, updated_at = ?3 WHERE org_id = ?1", name, ctx.now())],
    events: [happened("organization.updated", ctx.orgId, changes)],
  });
  return { ...before, name };
}
