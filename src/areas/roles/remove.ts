import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { allGone, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { parsePermissions } from "../../domain/permissions";
import { RolePath } from "./model";
import { requireOwnRights } from "./own-rights";
import { roleBeyondCaller, roleInUse, roleIsSystem, roleNotFound } from "./problems";
import { loadRole } from "./store";

const Removed = z.object({ message: z.string(), role_id: z.uuid() });

export default operation({
  id: "deleteRole",
  summary: "Delete a custom role",
  description:
    "The caller must have every permission that the role has. System roles and roles assigned to agents cannot be deleted.",
  params: RolePath,
  response: Removed,
  problems: [roleNotFound, roleIsSystem, roleInUse, roleBeyondCaller],
  handle: ({ ctx, params }) => removeRole(ctx, params.id),
});

const NO_AGENT_HAS_ROLE =
  "NOT EXISTS (SELECT 1 FROM agents a WHERE a.org_id = ?1 AND a.role_id = ?2 AND a.status <> 'deleted')";

export async function removeRole(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const role = await loadRole(ctx, id);
  if (role.is_system) throw roleIsSystem("a system role cannot be deleted");
  requireOwnRights(ctx, parsePermissions(role.permissions));
  if (!(await ctx.db.query(`SELECT 1 WHERE ${NO_AGENT_HAS_ROLE}`, id))[0]) throw roleInUse();
  await commit(ctx, {
    // The write repeats the condition, because an agent may be given the role concurrently.
    write: [
      ctx.db.sql(`DELETE FROM roles WHERE org_id = ?1 AND id = ?2 AND is_system = 0 AND ${NO_AGENT_HAS_ROLE}`, id),
    ],
    events: [
      happened(
        "role.deleted",
        id,
        allGone({
          name: role.name,
          description: role.description,
          permissions: parsePermissions(role.permissions),
        }),
      ),
    ],
    mustChange: true,
  });
  return { message: "role deleted", role_id: id };
}
