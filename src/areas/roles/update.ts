import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { changeRow } from "../../kit/change-row";
import { newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { parsePermissions } from "../../domain/permissions";
import { PermissionCodes, RoleDescription, RoleName, RolePath, RoleWithPermissions, toRole } from "./model";
import { requireOwnRights } from "./own-rights";
import { roleBeyondCaller, roleIsSystem, roleNameTaken, roleNotFound } from "./problems";
import { loadRole, rightsChanged } from "./store";

const UpdateRole = z
  .strictObject({
    name: RoleName.optional().openapi({ description: "Not for system roles" }),
    description: RoleDescription.optional(),
    permissions: PermissionCodes.optional().openapi({
      description: "Replaces the whole list. The admin role always has every permission.",
    }),
  })
  .openapi("UpdateRole");

export default operation({
  id: "updateRole",
  summary: "Update a role",
  description:
    "The caller must have every permission that the role has and is given. Takes effect with the next request of its agents and their API keys; their live sockets must reconnect.",
  params: RolePath,
  body: UpdateRole,
  response: RoleWithPermissions,
  problems: [changedMeanwhile, roleNotFound, roleNameTaken, roleIsSystem, roleBeyondCaller],
  handle: ({ ctx, params, body }) => updateRole(ctx, params.id, body),
});

export async function updateRole(
  ctx: Ctx,
  id: string,
  input: z.output<typeof UpdateRole>,
): Promise<RoleWithPermissions> {
  const row = await loadRole(ctx, id);
  const role = toRole(row);
  // Permissions are a set: their order is not a change.
  const before = { ...role, permissions: role.permissions.toSorted() };
  if (before.is_system && input.name !== undefined && input.name !== before.name)
    throw roleIsSystem("a system role cannot be renamed");
  if (before.is_system && before.name === "admin" && input.permissions)
    throw roleIsSystem("the admin role always has every permission");
  requireOwnRights(ctx, [...parsePermissions(row.permissions), ...(input.permissions ?? [])]);
  const { after, changes } = await changeRow(ctx, {
    table: "roles",
    id,
    before,
    input,
    event: (changed) => happened("role.updated", id, changed),
    // The caller's right to change the role was decided by its permissions.
    decidedBy: { permissions: row.permissions },
    taken: { column: "roles.name", problem: roleNameTaken },
    missing: roleNotFound,
  });
  // Also if nothing changes: an earlier call may have failed after the commit.
  if (input.permissions) await rightsChanged(ctx, id);
  return { ...role, ...newValues(changes), updated_at: after.updated_at };
}
