import { z } from "@hono/zod-openapi";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../kit/operation";
import { PermissionCodes, RoleDescription, RoleName, RolePath, RoleWithPermissions, type RoleRow, toRole } from "./model";
import { requireOwnRights } from "./own-rights";
import { roleBeyondCaller, roleIsSystem, roleNameTaken, roleNotFound } from "./problems";
import { loadRole, rightsChanged } from "./store";

const UpdateRole = z
  .strictObject({
    name: RoleName.optional().openapi({ description: "Not for system roles" }),
    description: RoleDescription.optional(),
    permissions: PermissionCodes.optional().openapi({ description: "Replaces the whole list. The admin role always has every right." }),
  })
  .openapi("UpdateRole");

export const update = operation({
  id: "updateRole",
  tag: "Roles",
  summary: "Update a role",
  description: "The caller must have every right that is added. Takes effect on the next request of its agents and their keys; their live sockets reconnect.",
  method: "patch",
  path: "/api/roles/{id}",
  permission: "agents.manage",
  params: RolePath,
  body: UpdateRole,
  response: RoleWithPermissions,
  problems: [roleNotFound, roleNameTaken, roleIsSystem, roleBeyondCaller],
  handle: ({ ctx, params, body }) => updateRole(ctx, params.id, body),
});

export async function updateRole(ctx: Ctx, id: string, input: z.output<typeof UpdateRole>): Promise<RoleWithPermissions> {
  const before = await loadRole(ctx, id);
  const had = new Set(JSON.parse(before.permissions) as string[]);
  if (before.is_system && input.name !== undefined && input.name !== before.name) throw roleIsSystem("its name stays");
  if (before.is_system && before.name === "admin" && input.permissions) throw roleIsSystem("the admin role has every right");
  requireOwnRights(
    ctx,
    (input.permissions ?? []).filter((code) => !had.has(code)),
  );
  const after: RoleRow = {
    ...before,
    name: input.name ?? before.name,
    description: input.description ?? before.description,
    permissions: input.permissions ? JSON.stringify(input.permissions) : before.permissions,
    updated_at: ctx.now(),
  };
  const changes = changesBetween(
    { name: before.name, description: before.description, permissions: [...had].sort() },
    { name: after.name, description: after.description, permissions: (JSON.parse(after.permissions) as string[]).sort() },
  );
  if (Object.keys(changes).length === 0) {
    // Perhaps a second try, because the first ended between its write and this.
    if (input.permissions) await rightsChanged(ctx, id);
    return toRole(before);
  }
  try {
    await commit(ctx, {
      write: [
        ctx.db.sql(
          "UPDATE roles SET name = ?3, description = ?4, permissions = ?5, updated_at = ?6 WHERE org_id = ?1 AND id = ?2",
          id,
          after.name,
          after.description,
          after.permissions,
          after.updated_at,
        ),
      ],
      activity: { action: "role.update", entityType: "role", entityId: id, changes },
    });
  } catch (error) {
    if (isUniqueViolation(error, "roles.name")) throw roleNameTaken();
    throw error;
  }
  if ("permissions" in changes) await rightsChanged(ctx, id);
  return toRole(after);
}
