import { operation } from "../../domain/operation";
import { RolePath, RoleWithPermissions, toRole } from "./model";
import { roleNotFound } from "./problems";
import { loadRole } from "./store";

export default operation({
  id: "getRole",
  summary: "Get a single role with permissions",
  params: RolePath,
  response: RoleWithPermissions,
  problems: [roleNotFound],
  handle: async ({ ctx, params }) => toRole(await loadRole(ctx, params.id)),
});
