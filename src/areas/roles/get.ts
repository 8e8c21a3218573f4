import { operation } from "../../kit/operation";
import { RolePath, RoleWithPermissions, toRole } from "./model";
import { roleNotFound } from "./problems";
import { loadRole } from "./store";

export const get = operation({
  id: "getRole",
  tag: "Roles",
  summary: "Get a single role with permissions",
  method: "get",
  path: "/api/roles/{id}",
  permission: "agents.view",
  params: RolePath,
  response: RoleWithPermissions,
  problems: [roleNotFound],
  handle: async ({ ctx, params }) => toRole(await loadRole(ctx, params.id)),
});
