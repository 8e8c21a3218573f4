import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { PERMISSIONS } from "../../domain/permissions";
import { Permission, toPermission } from "./model";

export const permissions = operation({
  id: "listPermissions",
  tag: "Roles",
  summary: "List all available permissions",
  description: "Sorted by category and code.",
  method: "get",
  path: "/api/permissions",
  permission: "agents.view",
  response: z.array(Permission),
  handle: async () => PERMISSIONS.toSorted().map(toPermission),
});
