import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../domain/operation";
import { PermissionCodes, RoleDescription, RoleName, RoleWithPermissions, type RoleRow, toRole } from "./model";
import { requireOwnRights } from "./own-rights";
import { roleBeyondCaller, roleNameTaken } from "./problems";

const CreateRole = z
  .strictObject({
    name: RoleName,
    permissions: PermissionCodes.openapi({ description: "Permission codes, at most 100" }),
    description: RoleDescription.default(""),
  })
  .openapi("CreateRole");

export default operation({
  id: "createRole",
  summary: "Create a custom role",
  description: "The caller must have every permission that the role is given.",
  body: CreateRole,
  response: RoleWithPermissions,
  status: 201,
  idempotent: "stored",
  problems: [roleNameTaken, roleBeyondCaller],
  handle: ({ ctx, body }) => createRole(ctx, body),
});

export async function createRole(ctx: Ctx, input: z.output<typeof CreateRole>): Promise<RoleWithPermissions> {
  requireOwnRights(ctx, input.permissions);
  const now = ctx.now();
  const row: RoleRow = {
    id: ctx.newId(),
    name: input.name,
    description: input.description,
    is_system: 0,
    permissions: JSON.stringify(input.permissions),
    created_at: now,
    updated_at: now,
  };
  const answer = toRole(row);
  try {
    await commit(ctx, {
      write: [
        ctx.db.sql(
          "INSERT INTO roles (id, org_id, name, description, is_system, permissions, created_at, updated_at) VALUES (?2, ?1, ?3, ?4, 0, ?5, ?6, ?6)",
          row.id,
          row.name,
          row.description,
          row.permissions,
          now,
        ),
      ],
      events: [happened("role.created", row.id, { name: [null, row.name], permissions: [null, input.permissions] })],
      answer,
      status: 201,
    });
  } catch (error) {
    // System roles are rows too, so their names are taken.
    if (isUniqueViolation(error, "roles.name")) throw roleNameTaken();
    throw error;
  }
  return answer;
}
